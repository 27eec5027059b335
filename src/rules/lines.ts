import { BmcloudError } from '../errors.ts';
import { parseLines, parsePattern } from './pattern.ts';
import type { RuleLine } from './rules.ts';
import { textOf } from './text.ts';

/** How patterns are read. */
export interface LineOptions {
  /** Where they stand, such as `--exclude`. */
  origin: string;
  ignoreCase?: boolean;
  /** What matches is in again. */
  include?: boolean;
  /** Absolute paths are those of Windows. */
  windows?: boolean;
}

/** Patterns of a list, one each. @throws `usage` for one that can match nothing */
export function ruleLines(patterns: string[], { origin, ...options }: LineOptions): RuleLine[] {
  return patterns.map((text) => checkedLine(text, origin, options));
}

/** The lines of a file of patterns, as .gitignore has them. @param name for people @throws `usage` for a line that can match nothing */
export function ruleLinesOfFile(
  bytes: Uint8Array,
  name: string,
  options: Omit<LineOptions, 'origin'> = {},
): RuleLine[] {
  return parseLines(textOf(bytes), name).map(({ text, origin }) => checkedLine(text, origin, options));
}

function checkedLine(text: string, origin: string, options: Omit<LineOptions, 'origin'>): RuleLine {
  const { ignoreCase = false, include = false, windows = false } = options;
  const drive = windows ? /^(!?)([A-Za-z]:[\\/].*)$/s.exec(text) : null;
  const portable = drive ? `${drive[1]}/${drive[2]?.replaceAll('\\', '/')}` : text;
  if (!parsePattern(portable)) {
    throw new BmcloudError('usage', `${origin}: "${text}" matches nothing`, {
      hint: 'Close every "[", and write "\\\\" for a backslash; docs/rules.md explains patterns',
    });
  }
  return {
    text: include ? `!${portable}` : portable,
    origin,
    ...((ignoreCase || drive) && { ignoreCase: true }),
  };
}
