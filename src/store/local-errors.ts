import { BmcloudError, type ErrorCode, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';

interface Meaning {
  code: ErrorCode;
  says: string;
  hint?: string;
  transient?: boolean;
}

const full: Meaning = {
  code: 'disk-full',
  says: 'is full',
  hint: 'Free some space, and run the same command again',
};
const denied: Meaning = {
  code: 'store-denied',
  says: 'does not allow this',
  hint: 'Check the permissions of the directory and that it is not mounted read-only',
};
/** A network or removable file system that may come back. */
const away: Meaning = { code: 'store-unreachable', says: 'does not answer', transient: true };
const busy: Meaning = { code: 'store-failed', says: 'is busy', transient: true };

const meanings: Record<string, Meaning> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: { ...full, says: 'cannot hold a file this large' },
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ETIMEDOUT: away,
  ESTALE: away,
  EHOSTDOWN: away,
  EHOSTUNREACH: away,
  ENOTCONN: away,
  ENODEV: { ...away, transient: false },
  ENXIO: { ...away, transient: false },
  EBUSY: busy,
  EAGAIN: busy,
  EMFILE: busy,
  ENFILE: busy,
};

/** The error of a directory store for what the system said; errors of ours pass unchanged. */
export function localError(error: unknown, directory: string, key: string): BmcloudError {
  if (isBmcloudError(error)) return error;
  const system = systemCodeOf(error);
  const meaning = (system && meanings[system]) || { code: 'store-failed' as const, says: 'failed' };
  return new BmcloudError(
    meaning.code,
    `The repository in ${directory} ${meaning.says}: ${messageOf(error)}`,
    {
      ...(meaning.hint && { hint: meaning.hint }),
      transient: meaning.transient ?? false,
      data: { key, system },
      cause: error,
    },
  );
}
