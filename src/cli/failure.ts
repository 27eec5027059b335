import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { BmcloudError, type ErrorCode, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import type { UserDirectories } from './directories.ts';
import { nearest } from './nearest.ts';

/** The error for what the user typed. */
export function usage(message: string, hint?: string): BmcloudError {
  return new BmcloudError('usage', message, hint === undefined ? {} : { hint });
}

/** What a command line can be compared with when a word in it is unknown. */
export interface Vocabulary {
  /** The command as typed, for `--help`; empty: none was recognised. */
  command: string;
  /** Long flags of the command, without dashes. */
  flags: string[];
}

/** Whatever was thrown, as an error of ours: one line and a hint. */
export function asFailure(error: unknown, vocabulary: Vocabulary): BmcloudError {
  if (isBmcloudError(error)) return withoutFlagPrefix(error);
  if (isParserError(error)) return parserFailure(error, vocabulary);
  const code = systemCodes[systemCodeOf(error) ?? ''] ?? 'internal';
  const hint = hints[code];
  return new BmcloudError(code, oneLine(messageOf(error)), { cause: error, ...(hint && { hint }) });
}

/** The system's refusal of what bmcloud keeps for this user: nobody's bug. Undefined for all else, and where a disk is full. */
export function ownDirectoryFailure(error: unknown, directories: UserDirectories): BmcloudError | undefined {
  const { path: place, syscall } = (error ?? {}) as { path?: unknown; syscall?: unknown };
  const code = systemCodeOf(error);
  if (typeof place !== 'string' || code === undefined || code in systemCodes) return undefined;
  const kinds = Object.keys(directories) as (keyof UserDirectories)[];
  const isAbove = (directory: string) => syscall === 'mkdir' && isWithin(directory, place);
  const kind = kinds.find((one) => isWithin(place, directories[one]) || isAbove(directories[one]));
  if (!kind) return undefined;
  return new BmcloudError('config', `Cannot use the ${kind} directory: ${oneLine(messageOf(error))}`, {
    hint: `Check ${directories[kind]}, or name another directory with BMCLOUD_${kind.toUpperCase()}_DIR`,
    cause: error,
  });
}

function isWithin(place: string, directory: string): boolean {
  const way = path.relative(directory, place);
  return way === '' || !(way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way));
}

const systemCodes: Record<string, ErrorCode> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  ABORT_ERR: 'interrupted',
};

const hints: Partial<Record<ErrorCode, string>> = {
  internal: 'This is a bug; BMCLOUD_DEBUG=1 shows where it came from',
  'disk-full': 'Free some space, and run the same command again',
};

interface ParserError extends Error {
  oclif: unknown;
  flags?: string[];
  args?: { name: string }[] | string[];
}

/** Errors of oclif's parser carry their exit code in `oclif`. */
function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && ('oclif' in error || flagPrefix.test(error.message));
}

/** The parser wraps what a flag's own parsing throws. */
const flagPrefix = /^Parsing (--[\w-]+) \n\t([\s\S]*?)(?:\nSee more help with --help)?$/;

function withoutFlagPrefix(error: BmcloudError): BmcloudError {
  const match = flagPrefix.exec(error.message);
  if (!match) return error;
  return new BmcloudError(error.code, match[2]!, {
    cause: error,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

function parserFailure(error: ParserError, vocabulary: Vocabulary): BmcloudError {
  const help = `See "bmcloud ${vocabulary.command ? `${vocabulary.command} ` : ''}--help"`;
  const unknown = error.constructor.name === 'NonExistentFlagsError' ? error.flags?.[0] : undefined;
  if (unknown !== undefined) return unknownFlag(unknown, vocabulary, help);
  if (error.constructor.name === 'RequiredArgsError') return missingArguments(error, help);
  return usage(parserMessage(error.message), help);
}

function unknownFlag(flag: string, vocabulary: Vocabulary, help: string): BmcloudError {
  const name = flag.replace(/^-+/, '').split('=', 1)[0]!;
  const meant = flag.startsWith('--') ? nearest(name, vocabulary.flags) : undefined;
  return usage(
    `Unknown flag ${flag.split('=', 1)[0]}${meant ? `; did you mean --${meant}?` : ''}`,
    secretFlags.has(name)
      ? 'Secrets never go on the command line; use --passphrase-file, or BMCLOUD_PASSPHRASE'
      : help,
  );
}

const secretFlags = new Set(['passphrase', 'password', 'key', 'secret']);

function missingArguments(error: ParserError, help: string): BmcloudError {
  const names = (error.args ?? []).map((a) => (typeof a === 'string' ? a : a.name).toUpperCase());
  return usage(`Missing ${names.join(' and ')}`, help);
}

function parserMessage(text: string): string {
  const plain = stripVTControlCharacters(text).replace('\nSee more help with --help', '');
  const wrapped = flagPrefix.exec(plain);
  const message = wrapped ? `${wrapped[1]}: ${wrapped[2]}` : plain;
  return oneLine(
    message
      .replace(/^The following errors? occurred:\s*/, '')
      .replace(/Missing required flag (\S+)/g, 'Missing --$1')
      .replace(
        /--(\S+?)=.* cannot also be provided when using --(\S+)/g,
        '--$2 and --$1 cannot be used together',
      ),
  );
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ').trim() || 'unknown error';
}

/** How an error looks on stderr: one line, and one for the hint. */
export function failureText(error: BmcloudError, red: (text: string) => string): string {
  const hint = error.hint === undefined ? '' : `  ${error.hint}\n`;
  return `${red('Error:')} ${oneLine(error.message)}\n${hint}`;
}

/** How an error looks in JSON. Causes stay out of it: they may quote what the user typed. */
export function failureJson(error: BmcloudError): { code: ErrorCode; message: string; hint?: string } {
  return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}
