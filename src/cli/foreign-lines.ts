/** What could be carried over of the exclusions of another program, and what could not. */
export interface ForeignRules {
  /** Settings of a job, beside its sources. */
  settings: {
    exclude: string[];
    excludeLargerThan?: number;
    excludeCaches?: boolean;
    oneFileSystem?: boolean;
  };
  /** `LINE: what it says: why not`; without the line for a pattern that can match nothing. */
  lost: string[];
}

/** What the words of a list stand for. */
export interface ForeignPlaces {
  home: string;
  /** Absolute paths that the job backs up. */
  sources: string[];
  /** Paths are those of Windows. */
  windows: boolean;
}

/** What a line becomes: patterns, the first one first; or why it cannot be carried over; or nothing: it says nothing. */
export type Translation = { patterns: string[] } | { why: string } | undefined;

/** Translates a list line by line. @param one gets the line as it stands, without its end */
export function translateLines(text: string, one: (line: string) => Translation): ForeignRules {
  const rules: ForeignRules = { settings: { exclude: [] }, lost: [] };
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const translation = one(line);
    if (translation === undefined) continue;
    if ('patterns' in translation) rules.settings.exclude.push(...translation.patterns);
    else rules.lost.push(`${i + 1}: ${line.trim()}: ${translation.why}`);
  }
  return rules;
}

/** A pattern with a slash in it that is not bound to a root matches the end of any path; in .gitignore it would be bound. */
export function atAnyDepth(pattern: string): string {
  const isBound = pattern.startsWith('/') || pattern.startsWith('**/');
  return isBound || !pattern.slice(0, -1).includes('/') ? pattern : `**/${pattern}`;
}
