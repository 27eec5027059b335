import { getSystemErrorMessage } from 'node:util';
import { BmcloudError, isBmcloudError } from '../errors.ts';
import { isSystemError } from '../scan/problems.ts';
import type { Unread } from './source.ts';

/** Why a path could not be mirrored. */
export interface Failure {
  reason: string;
  code: string;
  /** Of reading it; absent: one. */
  attempts?: number;
  /** Why it was not read from a frozen view of its volume. */
  noShadow?: string;
}

/** The disk, not the file, is what fails: there is no reason to go on. */
const FATAL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENODEV', 'EMFILE', 'ENFILE']);

/** What became of one path when writing it failed. @throws `disk-full`, `target` when the disk fails; whatever else it was */
export function failureOf(error: unknown, to: string): Failure {
  if (isBmcloudError(error, 'damaged', 'not-found', 'newer-format', 'source-unreadable')) {
    const { code = error.code } = error.data as { code?: string };
    return { reason: error.message, code };
  }
  if (!isSystemError(error)) throw error;
  if (FATAL.has(error.code)) throw targetFailure(error, to);
  return { reason: getSystemErrorMessage(error.errno) ?? error.message, code: error.code };
}

/** The same of a file that could not be read. */
export function failureToRead({ message, code, attempts, noShadow }: Unread): Failure {
  return {
    reason: message,
    code,
    ...(attempts !== undefined && { attempts }),
    ...(noShadow !== undefined && { noShadow }),
  };
}

/** A failure of the folder itself. What is no answer of the system comes back as it was. */
export function targetFailure(error: unknown, to: string): unknown {
  if (!isSystemError(error)) return error;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new BmcloudError('disk-full', `The disk of ${to} is full`, {
      hint: 'Free some space: the same command goes on from there',
      cause: error,
    });
  }
  const why = getSystemErrorMessage(error.errno) ?? error.message;
  return new BmcloudError('target', `${to} cannot be written to: ${why}`, {
    hint: 'Choose another directory with --to',
    cause: error,
  });
}
