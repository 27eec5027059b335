import { ourClasses } from './foreign-class.ts';
import {
  atAnyDepth,
  type ForeignPlaces,
  type ForeignRules,
  type Translation,
  translateLines,
} from './foreign-lines.ts';

/**
 * A list of `restic backup --exclude-file`. There a pattern is compared with whole paths from the root of the disk, at any depth, and what
 * it keeps it keeps with all below; variables are expanded.
 */
export function parseRestic(text: string, places: ForeignPlaces): ForeignRules {
  return translateLines(text, (line) => ruleOf(line.trim(), places));
}

function ruleOf(line: string, places: ForeignPlaces): Translation {
  if (line === '' || line.startsWith('#')) return undefined;
  const expanded = withVariables(line, places.home);
  if (expanded === undefined) return { why: 'it has a variable' };
  const isKept = expanded.startsWith('!');
  const written = isKept ? expanded.slice(1) : expanded;
  if (/^~(?=[/\\]|$)/.test(written)) return { why: 'restic takes "~" for a name: write the path' };
  if (!places.windows && /\\[\p{L}\p{N}]/u.test(written))
    return { why: 'does the "\\" part names, as on Windows? Write "/"' };
  const pattern = ourPattern(written, places.windows);
  if (pattern === undefined) return { why: 'it can match nothing' };
  // All but one of them stand for a name at least, and the root counts as one.
  const anyDepths = pattern.split('/').filter((name) => name === '**');
  if (anyDepths.length > (pattern.startsWith('/') ? 1 : 2))
    return { why: 'it has several "**", which are names to restic' };
  const patterns = placed(pattern, places, isKept);
  if (patterns.length === 0) return { why: 'it lies in no source of the job' };
  return { patterns: isKept ? patterns.flatMap(kept) : patterns };
}

/** @returns undefined where there is another one than that of the home directory */
function withVariables(line: string, home: string): string | undefined {
  let isKnown = true;
  const expanded = line.replaceAll(
    /\$(?:\{(\w+)\}|([a-z_]\w*)|([$*#@!?\d{-]))/gi,
    (_, braced, bare, special) => {
      if (special === '$') return '$';
      if (['HOME', 'USERPROFILE'].includes(braced ?? bare)) return home;
      isKnown = false;
      return '';
    },
  );
  return isKnown ? expanded : undefined;
}

/** In our language, without what says nothing: a slash at the end, which does not tell directories from files there, `.` and `..`. */
function ourPattern(written: string, windows: boolean): string | undefined {
  const portable = windows ? written.replaceAll('\\', '/') : written;
  const clean: string[] = [];
  for (const name of portable.split('/')) {
    if (name === '..' && clean.length > 0 && clean.at(-1) !== '..') clean.pop();
    // There three stars are one.
    else if (name !== '' && name !== '.') clean.push(/^\*{3,}$/.test(name) ? '*' : name);
  }
  if (clean.length === 0 || clean[0] === '..') return undefined;
  const path = (portable.startsWith('/') ? '/' : '') + clean.join('/');
  return ourClasses(path, { negation: '^', hasEscapes: !windows, hasNames: false });
}

/** What is kept is kept with all that lies in it. */
function kept(pattern: string): string[] {
  return /(^|\/)\*\*$/.test(pattern) ? [`!${pattern}`] : [`!${pattern}`, `!${atAnyDepth(`${pattern}/**`)}`];
}

/** A pattern where it means the same: as it is at any depth, and from each source whose own path is its beginning. */
function placed(pattern: string, { sources, windows }: ForeignPlaces, isKept: boolean): string[] {
  const names = pattern.split('/').filter((name) => name !== '');
  const isFromRoot = (pattern.startsWith('/') || (windows && isDrive(names[0]))) && names[0] !== '**';
  const below = sources.flatMap((source) => {
    const above = source.split(windows ? /[\\/]/ : '/').filter((name) => name !== '');
    return remainders(names, above, isFromRoot, windows)
      .filter((rest) => rest.length > 0 || isKept)
      .map((rest) => ({ above, rest: rest.length > 0 ? rest : ['**'] }));
  });
  // A path that is written out from the root on is understood as it is, and in sources that may yet come.
  if (isFromRoot && below.length > 0 && !/[*?[\\]/.test(names[0] as string))
    return [
      withoutEnd(
        pattern,
        below.every(({ rest }) => rest.length > 1),
      ),
    ];
  const absolute = below.map(({ above, rest }) => absolutePattern(above, rest, windows));
  const anywhere = names[0] === '**' && names.length > 1 ? names.slice(1) : names;
  return isFromRoot
    ? absolute
    : [atAnyDepth(withoutEnd(anywhere.join('/'), anywhere.length > 1)), ...absolute];
}

function isDrive(name: string | undefined): boolean {
  return /^[a-z]:$/i.test(name ?? '');
}

/** There any depth at the end stands for the directory itself, too. */
function withoutEnd(pattern: string, isSafe: boolean): string {
  return isSafe ? pattern.replace(/(?:\/\*\*)+$/, '') : pattern;
}

function absolutePattern(above: string[], rest: string[], windows: boolean): string {
  const escaped = above.map((name) => (windows ? name : name.replaceAll(/[\\*?[]/g, '\\$&')));
  return withoutEnd([...(windows ? [] : ['']), ...escaped, ...rest].join('/'), rest.length > 1);
}

/**
 * What of a pattern is left to be matched in a source, once the names above it have matched its beginning; nothing left: all of the source
 * matches. Beginnings that match none of these names do not count.
 */
function remainders(names: string[], above: string[], isFromRoot: boolean, windows: boolean): string[][] {
  let reached = new Set([0]);
  for (const name of above) {
    const next = new Set(isFromRoot ? [] : [0]);
    for (const at of throughAnyDepth(names, reached)) {
      const wanted = names[at];
      if (wanted === '**') next.add(at);
      else if (wanted === undefined) next.add(at);
      else if (fits(wanted, name, windows)) next.add(at + 1);
    }
    reached = next;
  }
  if (!isFromRoot) reached.delete(0);
  return [...reached].map((at) => names.slice(at));
}

/** `**` may stand for no name at all. */
function throughAnyDepth(names: string[], reached: Set<number>): number[] {
  return [...reached].flatMap((at) => {
    let end = at;
    while (names[end] === '**') end++;
    return Array.from({ length: end - at + 1 }, (_, i) => at + i);
  });
}

/** Whether a name of a pattern, in our language, matches one above a source. */
function fits(pattern: string, name: string, windows: boolean): boolean {
  const pieces = /(?<escaped>\\.)|\[(?<not>!?)(?<members>(?:\\.|[^\]])+)\]|(?<one>.)/gs;
  const source = pattern.replaceAll(pieces, (...match) => {
    const { escaped, not, members, one = '' } = match.at(-1) as Record<string, string | undefined>;
    if (members !== undefined) return `[${not === '!' ? '^' : ''}${members}]`;
    return escaped ?? { '*': '.*', '?': '.' }[one] ?? one.replace(/[.+^${}()|[\]]/, '\\$&');
  });
  return new RegExp(`^${source}$`, windows ? 'si' : 's').test(name);
}
