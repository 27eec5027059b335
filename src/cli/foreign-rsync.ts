import { atAnyDepth, type ForeignRules, type Translation, translateLines } from './foreign-lines.ts';

/** Filter rules of rsync. There the first match decides and here the last one: the order is turned round. */
export function parseRsync(text: string): ForeignRules {
  const { settings, lost } = translateLines(sinceCleared(text), ruleOf);
  return { settings: { exclude: settings.exclude.toReversed() }, lost };
}

/** What stands before a rule that clears the list is as good as not there; empty lines in its place keep the numbers. */
function sinceCleared(text: string): string {
  const lines = text.split(/\r?\n/);
  const cleared = lines.findLastIndex((line) => /^(?:!,?|clear)$/.test(line));
  return lines.map((line, i) => (i <= cleared ? '' : line)).join('\n');
}

const kinds: Record<string, 'out' | 'in'> = {
  '-': 'out',
  exclude: 'out',
  H: 'out',
  hide: 'out',
  '+': 'in',
  include: 'in',
  S: 'in',
  show: 'in',
};

function ruleOf(line: string): Translation {
  if (line.trim() === '' || /^[#;]/.test(line)) return undefined;
  const rule = /^(exclude|include|hide|show|[-+HS])(?:,?([/!Crspx]*))?[ _](.+)$/s.exec(line);
  if (!rule) return { why: 'it is no plain exclusion or inclusion' };
  const [, kind = '', modifiers = '', pattern = ''] = rule;
  // Of the sender's side, and of directories that are deleted: for a backup these say nothing more.
  const odd = modifiers.replaceAll(/[sp]/g, '');
  if (odd !== '') return { why: `it has the modifier "${odd}"` };
  const withAllBelow = /^(.+)(?<!.\*\*)\/\*\*\*\/?$/s.exec(pattern)?.[1];
  const path = ourPattern(withAllBelow === undefined ? pattern : `${withAllBelow}/`);
  if (path === undefined) return { why: 'it has a "**" in a name' };
  const patterns = withAllBelow === undefined ? [path] : [path, atAnyDepth(`${path}**`)];
  return { patterns: kinds[kind] === 'in' ? patterns.map((one) => `!${one}`) : patterns };
}

/** @returns undefined where `**` goes over slashes from within a name */
function ourPattern(pattern: string): string | undefined {
  // Where nothing has a meaning of its own, a backslash has none either.
  if (!/[*?[]/.test(pattern)) return atAnyDepth(pattern.replaceAll('\\', '\\\\'));
  const names = pattern.split('/');
  // At the beginning of the whole it adds nothing to what a name may begin with.
  const isOdd = (name: string) => name.includes('**', names.length === 1 ? 1 : 0) && name !== '**';
  if (names.some(isOdd)) return undefined;
  return atAnyDepth(names.map((name, i) => (isBetween(names, i) ? '*/**' : name)).join('/'));
}

/** There `**` between two slashes stands for one directory at least. */
function isBetween(names: string[], i: number): boolean {
  return names[i] === '**' && i > 0 && names.slice(i + 1).some((name) => name !== '');
}
