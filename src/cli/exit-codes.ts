import type { ErrorCode } from '../errors.ts';

/** What the process answers with, beside those of errors. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  /** Done, but some files were skipped or failed. */
  incomplete: 3,
  damaged: 13,
  interrupted: 130,
} as const;

const table: Record<ErrorCode, number> = {
  usage: 2,
  config: 2,
  'repository-exists': 2,
  'no-snapshot': 2,
  'no-job': 2,
  'not-found': 2,
  'source-missing': 2,
  'source-empty': 2,
  'source-unreadable': 2,
  target: 2,
  'no-repository': 10,
  'newer-format': 10,
  busy: 11,
  'wrong-key': 12,
  'no-key': 12,
  'not-allowed': 12,
  damaged: 13,
  rollback: 13,
  'store-unreachable': 14,
  'store-denied': 14,
  'store-failed': 14,
  'clock-skew': 14,
  scheduler: 2,
  'hook-failed': 1,
  interrupted: 130,
  'disk-full': 1,
  internal: 1,
};

/** The exit code of an error: the one table, documented in `docs/errors.md`. */
export function exitCodeOf(code: ErrorCode): number {
  return table[code];
}
