import { getSystemErrorMessage } from 'node:util';
import { saysAbsent } from '../errors.ts';
import type { ScanProblem, ScanProblemKind } from './batch.ts';
import type { NativePath } from './disk.ts';
import { displayNative } from './native-path.ts';

/** What the operating system answers when it refuses: the only kind of error a walk survives. */
export type SystemError = Error & { code: string; errno: number };

export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error)) return false;
  const { code, errno } = error as Partial<SystemError>;
  return typeof code === 'string' && typeof errno === 'number';
}

/** True if the system says that the path is not there (any more). */
export function isGone(error: unknown): boolean {
  return isSystemError(error) && saysAbsent(error.code);
}

export function refused(
  kind: ScanProblemKind,
  path: Uint8Array,
  native: NativePath,
  error: SystemError,
): ScanProblem {
  const message = getSystemErrorMessage(error.errno) ?? error.message;
  return { kind, path, native: displayNative(native), code: error.code, message };
}

export function notFound(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'its directory lists it, but the system does not find it';
  return { kind: 'unreadable-entry', path, native: displayNative(native), code: 'ENOENT', message };
}

export function wentAway(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'the directory went away while it was scanned';
  return { kind: 'vanished', path, native: displayNative(native), code: 'ENOENT', message };
}

export function unknownType(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'neither a file, a directory, a link, a FIFO, a socket nor a device';
  return { kind: 'unreadable-entry', path, native: displayNative(native), code: 'ENOTSUP', message };
}

export function pathTooLong(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'the path is too long';
  return { kind: 'unreadable-entry', path, native: displayNative(native), code: 'ENAMETOOLONG', message };
}

export function mountedThere(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'a volume is mounted there that leads back to a directory above: leave it out by a rule';
  return { kind: 'unreadable-directory', path, native: displayNative(native), code: 'EXDEV', message };
}

export function nameLost(path: Uint8Array, native: NativePath): ScanProblem {
  const message = 'the name is not valid Unicode';
  return { kind: 'unreadable-entry', path, native: displayNative(native), code: 'EILSEQ', message };
}
