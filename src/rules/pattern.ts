import { type NameTest, parseName, parseSteps, type Step } from './steps.ts';

/** A line in the language of .gitignore, understood. */
export interface Pattern {
  /** `!`: what matches is in again. */
  isNegated: boolean;
  /** `name/`: matches directories only. */
  directoriesOnly: boolean;
  /** `/name`, which may also be the beginning of an absolute path. */
  isRooted: boolean;
  /** A name wherever it lies, or a path from where the line stands. */
  match: { name: NameTest } | { steps: Step[] };
}

/** @returns undefined for a line that can match nothing */
export function parsePattern(text: string, ignoreCase = false): Pattern | undefined {
  const dialect = { ignoreCase, hasEscapes: true };
  const isNegated = text.startsWith('!');
  const whole = isNegated ? text.slice(1) : text;
  const directoriesOnly = whole.endsWith('/');
  const path = directoriesOnly ? whole.slice(0, -1) : whole;
  const isRooted = path.startsWith('/');
  if (path === '') return undefined;
  if (!path.includes('/')) {
    const name = parseName(path, dialect);
    return name && { isNegated, directoriesOnly, isRooted, match: { name } };
  }
  const steps = parseSteps(isRooted ? path.slice(1) : path, dialect);
  return steps && { isNegated, directoriesOnly, isRooted, match: { steps } };
}

/** The lines of an ignore file: no comments, no empty ones, no blanks at the end that are not escaped. */
export function parseLines(text: string, file: string): { text: string; origin: string }[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return lines.flatMap((line, i) => {
    const pattern = withoutEnd(line.endsWith('\r') ? line.slice(0, -1) : line);
    return pattern === '' || pattern.startsWith('#') ? [] : [{ text: pattern, origin: `${file}:${i + 1}` }];
  });
}

function withoutEnd(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\' && ++at === line.length) return line;
    if (line[at] !== ' ' || line[at - 1] === '\\') end = at + 1;
  }
  return line.slice(0, end);
}
