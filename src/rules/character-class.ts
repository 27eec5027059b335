/** A class such as `[a-z]`, as the source of a regular expression. */
export interface CharacterClass {
  source: string;
  /** Position behind its bracket. */
  end: number;
}

/** The classes of POSIX: ASCII, as git has them. */
const NAMED: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: ' \\t-\\r',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/**
 * Reads the class that begins at `start`. A `]` directly behind the opening bracket is a member; so is a `-` that stands between
 * nothing. @returns undefined where the class does not end, or names a class that is none
 */
export function parseClass(
  pattern: string[],
  start: number,
  hasEscapes: boolean,
): CharacterClass | undefined {
  const isNegated = pattern[start + 1] === '!' || pattern[start + 1] === '^';
  const first = start + (isNegated ? 2 : 1);
  let members = '';
  let at = first;
  /** What a range may begin with. */
  let previous: string | undefined;
  while (at === first || pattern[at] !== ']') {
    if (at >= pattern.length) return undefined;
    const named = namedAt(pattern, at);
    if (named) {
      if (named.members === undefined) return undefined;
      members += named.members;
      at = named.end;
      previous = undefined;
      continue;
    }
    const isRange = pattern[at] === '-' && previous !== undefined && (pattern[at + 1] ?? ']') !== ']';
    const one = characterAt(pattern, isRange ? at + 1 : at, hasEscapes);
    if (!one) return undefined;
    members += isRange ? rangeOf(previous as string, one.character) : escapeCharacter(one.character);
    previous = isRange ? undefined : one.character;
    at = one.end;
  }
  return { source: `[${isNegated ? '^' : ''}${members}]`, end: at + 1 };
}

/** The source that matches this character alone. */
export function escapeCharacter(character: string): string {
  return /^\w$/.test(character) ? character : `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

/** `[:digit:]`; without the colon at its end it is a set like others. */
function namedAt(pattern: string[], at: number): { members: string | undefined; end: number } | undefined {
  if (pattern[at] !== '[' || pattern[at + 1] !== ':') return undefined;
  const close = pattern.indexOf(']', at + 2);
  if (close === -1) return { members: undefined, end: pattern.length };
  if (close < at + 3 || pattern[close - 1] !== ':') return undefined;
  return { members: NAMED[pattern.slice(at + 2, close - 1).join('')], end: close + 1 };
}

function characterAt(pattern: string[], at: number, hasEscapes: boolean) {
  const position = hasEscapes && pattern[at] === '\\' ? at + 1 : at;
  const character = pattern[position];
  return character === undefined ? undefined : { character, end: position + 1 };
}

/** Nothing lies between ends that are the wrong way round. */
function rangeOf(from: string, to: string): string {
  const isEmpty = (from.codePointAt(0) as number) > (to.codePointAt(0) as number);
  return isEmpty ? '' : `${escapeCharacter(from)}-${escapeCharacter(to)}`;
}
