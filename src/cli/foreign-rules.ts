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
  /** `LINE: what it says: why not`. */
  lost: string[];
}

export type ForeignForm = 'restic' | 'kopia' | 'rsync-filter';

export function parseForeign(form: ForeignForm, text: string, home: string): ForeignRules {
  if (form === 'restic') return parseRestic(text, home);
  return form === 'kopia' ? parseKopia(text) : parseRsync(text);
}

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
function parseRestic(text: string, home: string): ForeignRules {
  return translate(text, (line) => {
    const isKept = line.startsWith('!');
    const pattern = (isKept ? line.slice(1) : line)
      .replace(/^~(?=\/)|\$HOME\b|\$\{HOME\}/g, () => home)
      .replaceAll('$$', '\0');
    if (pattern.includes('$')) return { why: 'it has a variable' };
    return { patterns: [(isKept ? '!' : '') + atAnyDepth(pattern.replaceAll('\0', '$'))] };
  });
}

/** A .kopiaignore, or a policy as JSON. */
function parseKopia(text: string): ForeignRules {
  if (!text.trimStart().startsWith('{')) return translate(text, (line) => ({ patterns: [line] }));
  const { files = {} } = JSON.parse(text) as { files?: Record<string, unknown> };
  const { ignore, maxFileSize, ignoreCacheDirs, oneFileSystem, ...others } = files;
  const patterns = Array.isArray(ignore) ? ignore.filter((one) => typeof one === 'string') : [];
  return {
    settings: {
      exclude: patterns,
      ...(typeof maxFileSize === 'number' && maxFileSize > 0 && { excludeLargerThan: maxFileSize }),
      ...(ignoreCacheDirs === true && { excludeCaches: true }),
      ...(oneFileSystem === true && { oneFileSystem: true }),
    },
    lost: Object.keys(others)
      .filter((name) => !isEmpty(others[name]))
      .map((name) => `files.${name}: there is no such setting here`),
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || (Array.isArray(value) && value.length === 0);
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
