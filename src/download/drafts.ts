import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { platform, userInfo } from 'node:os';
import { whenFreeSync } from '../flow/held-files.ts';
import type { NativePath } from '../scan/disk.ts';
import { isGone, isSystemError } from '../scan/problems.ts';

/*
 * Drafts: files that are written beside their place under a name of our own, and renamed when they are whole. Nothing here follows
 * a link. Synchronous: a lane does nothing else meanwhile, and a promise costs more than a small file.
 */

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
/** Windows has neither. */
const O_NOFOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const O_NONBLOCK = (constants.O_NONBLOCK as number | undefined) ?? 0;

/** A new draft, in place of whatever has its name. Nobody else may read it before it has its owner and mode. */
export function createDraft(draft: NativePath, mode = 0o600): number {
  const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  try {
    return openSync(draft, flags, mode);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
    unlinkSync(draft);
    return openSync(draft, flags, mode);
  }
}

/** A draft that this run began. */
export function openDraft(draft: NativePath): number {
  return openSync(draft, O_RDWR | O_NOFOLLOW);
}

const OWN_UID = userInfo().uid;

/** The draft of a run that was broken off, or a new one. What is another user's or has other names is not ours to write to. */
export function resumeDraft(draft: NativePath): { descriptor: number; leftover: boolean } {
  try {
    const stats = lstatSync(draft);
    if (stats.isFile() && stats.nlink === 1 && isOurs(stats) && stats.size > 0) {
      return { descriptor: openDraft(draft), leftover: true };
    }
  } catch (error) {
    if (!isGone(error) && !isClosed(error)) throw error;
  }
  return { descriptor: createDraft(draft), leftover: false };
}

/** The run before ended when its draft had got a mode that forbids writing, and not yet its name. */
function isClosed(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'EACCES' || error.code === 'EPERM');
}

/** Windows tells no owners. */
function isOurs({ uid }: Stats): boolean {
  return OWN_UID === -1 || uid === OWN_UID;
}

/** An existing file to take data from; undefined for anything but a regular file. */
export function openExisting(place: NativePath): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error)) return undefined; // Not there or not readable: its data are fetched.
    throw error;
  }
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  return undefined;
}

export function writeAt(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
}

/** Fills `bytes` from `position` on. @returns false when the file ends before */
export function readAt(descriptor: number, bytes: Uint8Array, position: number): boolean {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, position + done);
    if (got === 0) return false;
    done += got;
  }
  return true;
}

/** Gives a draft its length: what was not written is a hole. */
export function setLength(descriptor: number, length: number): void {
  if (fstatSync(descriptor).size !== length) ftruncateSync(descriptor, length);
}

/** Gives a draft its name. */
export function publish(draft: NativePath, place: NativePath): void {
  if (isWindows) unprotect(place);
  whenFreeSync(() => renameSync(draft, place));
}

/** Removes an empty directory. */
export function removeDirectory(place: NativePath): void {
  if (isWindows) unprotect(place);
  rmdirSync(place);
}

const isWindows = platform() === 'win32';
const WRITABLE = 0o200;

/** Windows neither replaces a file nor removes a directory that is marked as read-only. */
function unprotect(place: NativePath): void {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats && !stats.isSymbolicLink() && (stats.mode & WRITABLE) === 0)
    chmodSync(place, stats.mode | WRITABLE);
}

/** Removes a draft, if there is one. */
export function discard(draft: NativePath): void {
  try {
    unlinkSync(draft);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
