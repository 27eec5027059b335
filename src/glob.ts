/*
 * Patterns over paths as they are displayed, by the rules of the common shells: `*` and `?` stop at `/`, `**` does not, `[a-z]`,
 * `[!a-z]` and `{one,two}`. Names that begin with a dot are names like others: a backup holds many.
 */

const MAGIC = /[*?[{]/;

export function isGlob(text: string): boolean {
  return MAGIC.test(text);
}

/** A test for whole paths; with `below`, also for whatever lies below a match. */
export function globTest(pattern: string, below = false): (path: string) => boolean {
  const expression = new RegExp(`^${translate(pattern)}${below ? '(?:/.*)?' : ''}$`, 'su');
  return (path) => expression.test(path);
}

function translate(pattern: string): string {
  let out = '';
  for (let at = 0; at < pattern.length; ) {
    const piece = pieceAt(pattern, at);
    out += piece.expression;
    at += piece.length;
  }
  return out;
}

interface Piece {
  expression: string;
  /** Characters of the pattern it stands for. */
  length: number;
}

function pieceAt(pattern: string, at: number): Piece {
  const rest = pattern.slice(at);
  const wholeComponents = at === 0 || pattern[at - 1] === '/';
  if (wholeComponents && rest.startsWith('**/')) return { expression: '(?:[^/]+/)*', length: 3 };
  if (rest.startsWith('**')) return { expression: '.*', length: 2 };
  if (rest.startsWith('*')) return { expression: '[^/]*', length: 1 };
  if (rest.startsWith('?')) return { expression: '[^/]', length: 1 };
  if (rest.startsWith('[')) return classAt(rest) ?? { expression: '\\[', length: 1 };
  if (rest.startsWith('{')) return choiceAt(rest) ?? { expression: '\\{', length: 1 };
  const character = String.fromCodePoint(rest.codePointAt(0) as number);
  return { expression: escapeCharacter(character), length: character.length };
}

function classAt(rest: string): Piece | undefined {
  const match = /^\[([!^]?)(\]?[^\]/]*)\]/.exec(rest);
  const members = match?.[2];
  if (
    !match ||
    !members ||
    /(.)-(.)/su
      .exec(members)
      ?.slice(1)
      .some((_, i, [from, to]) => i === 0 && (from as string) > (to as string))
  ) {
    return undefined;
  }
  const safe = members.replace(/[\\\]^[]/g, '\\$&').replace(/^-|-$/g, '\\-');
  return { expression: `(?!/)[${match[1] ? '^' : ''}${safe}]`, length: match[0].length };
}

/** Choices may hold other patterns, and other choices. */
function choiceAt(rest: string): Piece | undefined {
  const choices: string[] = [];
  let depth = 0;
  for (let at = 0, start = 1; at < rest.length; at++) {
    if (rest[at] === '{') depth++;
    else if (rest[at] === '}') depth--;
    if ((depth === 1 && rest[at] === ',') || depth === 0) {
      choices.push(rest.slice(start, at));
      start = at + 1;
    }
    if (depth > 0) continue;
    return choices.length < 2
      ? undefined
      : { expression: `(?:${choices.map(translate).join('|')})`, length: at + 1 };
  }
  return undefined;
}

function escapeCharacter(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
