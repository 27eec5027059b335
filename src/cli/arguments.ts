import { usage } from './failure.ts';
import { nearest } from './nearest.ts';

/** What is needed to know of a flag before the command line is parsed. */
export interface FlagShape {
  type: 'boolean' | 'option';
  char?: string;
}

/**
 * Refuses `--flag=value` where the flag takes no value: the parser would take the value for an argument, so that
 * `--delete=false` would delete.
 * @throws `usage`
 */
export function refuseBooleanValues(argv: readonly string[], flags: Record<string, FlagShape>): void {
  let isValue = false;
  for (const word of argv) {
    if (word === '--') return;
    if (!isValue) refuseBooleanValue(word, flags);
    isValue = !isValue && flagOf(word, flags)?.type === 'option' && !word.includes('=');
  }
}

function refuseBooleanValue(word: string, flags: Record<string, FlagShape>): void {
  const equals = word.indexOf('=');
  if (equals < 0 || flagOf(word.slice(0, equals), flags)?.type !== 'boolean') return;
  const flag = word.slice(0, equals);
  throw usage(`${flag} takes no value`, `Write ${flag} to turn it on, or leave it out`);
}

function flagOf(word: string, flags: Record<string, FlagShape>): FlagShape | undefined {
  if (word.startsWith('--')) return flags[word.slice(2)];
  if (!/^-[a-zA-Z0-9]$/.test(word)) return undefined;
  return Object.values(flags).find((flag) => flag.char === word[1]);
}

/** How results are written. */
export type OutputMode = 'text' | 'json' | 'json-stream';

/** Looked up before parsing, because errors of parsing are results too. */
export function outputModeOf(argv: readonly string[]): OutputMode {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  if (flags.includes('--json-stream')) return 'json-stream';
  return flags.includes('--json') ? 'json' : 'text';
}

/** The error for a first word that is no command. */
export function unknownCommand(typed: string, commands: readonly string[]): Error {
  const words = typed.replaceAll(':', ' ');
  const meant = nearest(words, commands) ?? nearest(words.split(' ', 1)[0]!, commands);
  return usage(
    `Unknown command "${words}"${meant ? `; did you mean "bmcloud ${meant}"?` : ''}`,
    'See "bmcloud --help"',
  );
}
