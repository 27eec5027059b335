import path from 'node:path';
import { ruleLines } from '../index.ts';
import { parseKopiaPolicies } from './foreign-kopia.ts';

/*
 * Lists of exclusions of other programs, in the language of .gitignore, which is ours. What has no equal there is told, not guessed.
 */

/** What could be carried over, and what could not. */
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

export type ForeignForm = 'restic' | 'kopia' | 'rsync-filter';

/** What the words of a list stand for. */
export interface ForeignPlaces {
  home: string;
  /** Absolute paths that the job backs up. */
  sources: string[];
}

export function parseForeign(form: ForeignForm, text: string, places: ForeignPlaces): ForeignRules {
  const { settings, lost } = parserOf[form](text, places);
  const exclude = settings.exclude.filter(canMatch);
  const broken = settings.exclude.filter((pattern) => !canMatch(pattern));
  return {
    settings: { ...settings, exclude },
    lost: [...lost, ...broken.map((pattern) => `${pattern}: it can match nothing`)],
  };
}

const parserOf = { restic: parseRestic, kopia: parseKopia, 'rsync-filter': parseRsync };

/** With a pattern that can match nothing, no push would start. */
function canMatch(pattern: string): boolean {
  try {
    return ruleLines([pattern], { origin: 'import', windows: isWindows }).length > 0;
  } catch {
    return false;
  }
}

const isWindows = path.sep === '\\';

/** What a line becomes: patterns, or why it cannot be carried over. */
type Translation = { patterns: string[] } | { why: string };

function translate(text: string, one: (line: string) => Translation): ForeignRules {
  const rules: ForeignRules = { settings: { exclude: [] }, lost: [] };
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const translation = one(line);
    if ('patterns' in translation) rules.settings.exclude.push(...translation.patterns);
    else rules.lost.push(`${i + 1}: ${line}: ${translation.why}`);
  }
  return rules;
}

/** A list of `restic backup --exclude-file`: relative patterns match at any depth, variables are expanded. */
function parseRestic(text: string, { home, sources }: ForeignPlaces): ForeignRules {
  return translate(text, (line) => {
    const isKept = line.startsWith('!');
    const pattern = (isKept ? line.slice(1) : line)
      .replace(/^~(?=\/)|\$HOME\b|\$\{HOME\}/g, () => home)
      .replaceAll('$$', '\0');
    if (pattern.includes('$')) return { why: 'it has a variable' };
    const whole = pattern.replaceAll('\0', '$');
    if (isAbsolute(whole) && !sources.some((source) => liesInside(whole, source)))
      return { why: 'it lies in no source of the job' };
    return { patterns: [(isKept ? '!' : '') + atAnyDepth(whole)] };
  });
}

function isAbsolute(pattern: string): boolean {
  return /^(\/(?!\*\*\/)|[a-z]:[\\/])/i.test(pattern);
}

/**
 * Whether an absolute pattern means something below a source. Then it stays as it is, for it means just that there, and nothing in another
 * source; one that does not would be taken relative to each.
 */
function liesInside(pattern: string, source: string): boolean {
  const [wanted, above] = [componentsOf(pattern), componentsOf(source)];
  if (above.length === 0) return true;
  const [first] = above;
  return (
    wanted.length > above.length && wanted[0] === first && above.every((name, i) => fits(wanted[i], name))
  );
}

function componentsOf(text: string): string[] {
  const portable = isWindows ? text.toLowerCase().replaceAll('\\', '/') : text;
  return portable.split('/').filter((name) => name !== '');
}

/** Stars and question marks alone: what is rarer above a source is told, not guessed. */
function fits(pattern: string | undefined, name: string): boolean {
  const source = (pattern ?? '')
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', '.*');
  return pattern !== '**' && new RegExp(`^${source}$`, 's').test(name);
}

/** A .kopiaignore, or a policy as JSON. */
function parseKopia(text: string, { sources }: ForeignPlaces): ForeignRules {
  return text.trimStart().startsWith('{')
    ? parseKopiaPolicies(text, sources)
    : translate(text, (line) => ({ patterns: [line] }));
}

/** Filter rules of rsync. There the first match decides and here the last one: the order is turned round. */
function parseRsync(text: string): ForeignRules {
  const rules = translate(text, (line) => {
    const rule = /^(?:(exclude|include|[-+])(?:,?([/!Csrpx]*))?[ _])(.+)$/.exec(line);
    if (!rule) return { why: 'it is no plain exclusion or inclusion' };
    const [, kind, modifiers = '', pattern = ''] = rule;
    if (modifiers !== '') return { why: `it has the modifier "${modifiers}"` };
    const isKept = kind === '+' || kind === 'include';
    return { patterns: [(isKept ? '!' : '') + atAnyDepth(pattern.replace(/\/\*\*\*$/, '/'))] };
  });
  rules.settings.exclude.reverse();
  return rules;
}

/** A pattern with a slash in it that is not bound to a root matches the end of any path; in .gitignore it would be bound. */
function atAnyDepth(pattern: string): string {
  const isBound = pattern.startsWith('/') || pattern.startsWith('**/') || /^[a-z]:[\\/]/i.test(pattern);
  return isBound || !pattern.slice(0, -1).includes('/') ? pattern : `**/${pattern}`;
}
