import { escapeCharacter, parseClass } from './character-class.ts';

/*
 * A pattern as steps, one for each level of directories, so that a walk knows at every directory which patterns may still match
 * below, and looks at nothing but names.
 */

/** How names are compared and patterns read. */
export interface Dialect {
  ignoreCase: boolean;
  /** `\` takes the meaning from what follows it, and a class that does not end makes the pattern match nothing, as in git. */
  hasEscapes: boolean;
}

/** What one name must look like. */
export interface NameTest {
  /** The only name that matches, if that is so; without regard to case, in lower case. */
  literal: string | undefined;
  /** What names that match end in, if that is so. */
  suffix: string | undefined;
  /** No character has a meaning of its own. */
  isPlain: boolean;
  test(name: string): boolean;
}

/** `any-depth`: as many directories as there are, or none (at the end of a pattern: at least a name). */
export type Step = NameTest | 'any-depth';

/** The steps of a pattern; undefined where it can match nothing. */
export function parseSteps(pattern: string, dialect: Dialect): Step[] | undefined {
  const pieces = readPieces(Array.from(pattern), dialect);
  return (
    pieces && levelsOf(pieces).map((level) => (isAnyDepth(level) ? 'any-depth' : nameTest(level, dialect)))
  );
}

/** The test of a pattern for a name wherever it lies; undefined where it can match nothing. */
export function parseName(pattern: string, dialect: Dialect): NameTest | undefined {
  const pieces = readPieces(Array.from(pattern), dialect);
  return pieces && nameTest(pieces, dialect);
}

/** A piece of a pattern: a character that stands for itself, the source for one character, or what has a meaning of its own. */
type Piece = { character: string } | { one: string } | 'star' | 'slash';

function readPieces(pattern: string[], { hasEscapes }: Dialect): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; ) {
    let character = pattern[at] as string;
    const parsed = character === '[' ? parseClass(pattern, at, hasEscapes) : undefined;
    if (parsed) {
      pieces.push({ one: parsed.source });
      at = parsed.end;
      continue;
    }
    const isEscape = character === '\\' && hasEscapes;
    if ((character === '[' && hasEscapes) || (isEscape && at + 1 === pattern.length)) return undefined;
    if (isEscape) character = pattern[++at] as string;
    pieces.push(isEscape && character !== '/' ? { character } : pieceOf(character));
    at++;
  }
  return pieces;
}

function pieceOf(character: string): Piece {
  if (character === '*') return 'star';
  if (character === '/') return 'slash';
  return character === '?' ? { one: '.' } : { character };
}

function levelsOf(pieces: Piece[]): Piece[][] {
  const levels: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece === 'slash') levels.push([]);
    else levels.at(-1)?.push(piece);
  }
  return levels;
}

function isAnyDepth(level: Piece[]): boolean {
  return level.length > 1 && level.every((piece) => piece === 'star');
}

function nameTest(level: Piece[], { ignoreCase }: Dialect): NameTest {
  const runs = runsOf(level);
  const [first, last] = [plainText(runs[0], ignoreCase), plainText(runs.at(-1), ignoreCase)];
  const isPlain = runs.length === 1 && first !== undefined;
  const quick = quickTest(runs.length, first, last);
  if (quick) {
    const test = ignoreCase ? (name: string) => quick(name.toLowerCase()) : quick;
    const literal = isPlain ? first : undefined;
    return { literal, suffix: isPlain ? undefined : last, isPlain, test };
  }
  const expression = new RegExp(sourceOf(runs), ignoreCase ? 'siu' : 'su');
  return { literal: undefined, suffix: undefined, isPlain, test: (name) => expression.test(name) };
}

/** Most patterns are a name, its beginning or its end. */
function quickTest(runs: number, first: string | undefined, last: string | undefined) {
  if (first === undefined || last === undefined) return undefined;
  if (runs === 1) return (name: string) => name === first;
  if (runs === 2 && first === '') return (name: string) => name.endsWith(last);
  if (runs === 2 && last === '') return (name: string) => name.startsWith(first);
  return undefined;
}

/** What stands between stars. */
function runsOf(level: Piece[]): Piece[][] {
  const runs: Piece[][] = [[]];
  level.forEach((piece, i) => {
    if (piece !== 'star') runs.at(-1)?.push(piece);
    else if (level[i - 1] !== 'star') runs.push([]);
  });
  return runs;
}

/** @returns undefined if a character has a meaning of its own */
function plainText(run: Piece[] | undefined, ignoreCase: boolean): string | undefined {
  let text = '';
  for (const piece of run ?? []) {
    if (typeof piece === 'string' || !('character' in piece)) return undefined;
    text += piece.character;
  }
  return ignoreCase ? text.toLowerCase() : text;
}

/** Between stars the first match is as good as any: it is taken once and for all, or many stars would take for ever. */
function sourceOf(runs: Piece[][]): string {
  const [first = '', ...rest] = runs.map(sourceOfRun);
  const last = rest.pop();
  const between = rest.map((source, i) => `(?=(?<run${i}>.*?${source}))\\k<run${i}>`).join('');
  return `^${first}${between}${last === undefined ? '' : `.*${last}`}$`;
}

function sourceOfRun(run: Piece[]): string {
  return run
    .map((piece) => {
      if (typeof piece === 'string') return '';
      return 'one' in piece ? piece.one : escapeCharacter(piece.character);
    })
    .join('');
}
