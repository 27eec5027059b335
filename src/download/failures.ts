import { getSystemErrorMessage } from 'node:util';
import { BmcloudError, isBmcloudError } from '../errors.ts';
import { isSystemError } from '../scan/problems.ts';

/** Why something could not be restored, for people and programs. */
export interface Failure {
  reason: string;
  /** The system's error code, or one of ours. */
  code: string;
}

/** The disk, not the file, is what fails: there is no reason to go on. */
const fatal: Record<string, { code: 'disk-full' | 'target'; says: string; hint: string }> = {
  ENOSPC: {
    code: 'disk-full',
    says: 'is full',
    hint: 'Free some space: the same command goes on from there',
  },
  EDQUOT: {
    code: 'disk-full',
    says: 'is full: your quota is used up',
    hint: 'Free some space: the same command goes on from there',
  },
  EROFS: { code: 'target', says: 'cannot be written to', hint: 'Choose another directory with --to' },
  EIO: { code: 'target', says: 'has a fault', hint: 'Choose another disk with --to' },
  ENODEV: { code: 'target', says: 'is gone', hint: 'Connect it again, or choose another with --to' },
  EMFILE: {
    code: 'target',
    says: 'cannot be written to: too many files are open',
    hint: 'Raise the limit of open files',
  },
};

/**
 * What became of one file when an error came from the target. Only what the system or a check of stored bytes said is survived.
 * @throws `disk-full`, `target` when the disk fails; whatever else it was
 */
export function failureOf(error: unknown): Failure {
  if (isBmcloudError(error, 'damaged', 'newer-format', 'not-found', 'source-unreadable')) {
    const { code = error.code } = error.data as { code?: string };
    return { reason: error.message, code };
  }
  if (!isSystemError(error)) throw error;
  const meaning = fatal[error.code];
  if (meaning) {
    const { code, says, hint } = meaning;
    throw new BmcloudError(code, `The disk to restore to ${says}: ${error.message}`, { hint, cause: error });
  }
  return { reason: getSystemErrorMessage(error.errno) ?? error.message, code: error.code };
}

/** The error for a path that is left out because of what is in its place. */
export function refusal(reason: string, code = 'EEXIST'): BmcloudError {
  return new BmcloudError('not-found', reason, { data: { code } });
}
