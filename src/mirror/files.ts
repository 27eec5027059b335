import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { platform } from 'node:os';
import { whenFreeSync } from '../flow/held-files.ts';
import type { Stat } from '../model/entry.ts';
import { stampOf, timeForNode } from '../model/time.ts';
import { attributeBits } from '../native/classify.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativeOf } from '../scan/native-path.ts';
import { isGone, isSystemError } from '../scan/problems.ts';

/*
 * Single steps on the disk of a mirror. Files get their names by renaming or linking, whole; none is written to once it has one,
 * for increments may hold the same file under another name.
 */

const isWindows = platform() === 'win32';
const WRITABLE = 0o200;

/** What is there; undefined when nothing is. Links are not followed. */
export function lookAt(place: NativePath): BigIntStats | undefined {
  try {
    return lstatSync(place, { bigint: true });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export function isSameFile(a: BigIntStats | undefined, b: BigIntStats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** Gives a file or link a name that nothing has. */
export function nameFile(from: NativePath, to: NativePath): void {
  whenFreeSync(() => renameSync(from, to));
}

/** Moves a file or link, over what has the name. Two names of one file are made one: renaming would leave both. */
export function moveFile(from: NativePath, to: NativePath): void {
  if (isSameFile(lookAt(from), lookAt(to))) {
    removeFile(from);
    return;
  }
  if (isWindows) unprotect(to);
  whenFreeSync(() => renameSync(from, to));
}

export function removeFile(place: NativePath): void {
  if (isWindows) unprotect(place);
  whenFreeSync(() => unlinkSync(place));
}

/** Removes a directory if it is empty. */
export function removeIfEmpty(place: NativePath): boolean {
  try {
    if (isWindows) unprotect(place);
    rmdirSync(place);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (isSystemError(error) && ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EBUSY', 'EACCES'].includes(error.code))
      return false;
    throw error;
  }
}

/** Windows neither replaces nor removes what is marked as read-only. */
function unprotect(place: NativePath): void {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats && !stats.isSymbolicLink() && (stats.mode & WRITABLE) === 0)
    chmodSync(place, stats.mode | WRITABLE);
}

/** What a file system says that has no hard links, or no more of them for this file. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'UNKNOWN']);

/** Gives a file or link a second name that nothing has yet: a hard link, or a copy that shares its blocks, or a copy. */
export function duplicate(from: NativePath, to: NativePath, hardLinks: boolean): void {
  const stats = lstatSync(from, { bigint: true });
  if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to, isWindows ? kindAt(from) : undefined);
    return;
  }
  if (hardLinks && triedLink(from, to)) return;
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  const time = timeForNode(stampOf(stats.mtimeNs));
  if (isWindows) chmodSync(to, 0o666);
  utimesSync(to, time, time);
  makeDurable(to);
  chmodSync(to, Number(stats.mode) & 0o777);
}

/** A copy has data of its own, which would be lost with the power. */
function makeDurable(file: NativePath): void {
  const descriptor = openSync(file, isWindows ? 'r+' : 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A hard link, or false where the file system has none, or no more of them for this file. */
export function triedLink(from: NativePath, to: NativePath): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error) && NO_LINK.has(error.code)) return false;
    throw error;
  }
}

/** Windows asks what a link leads to; one that leads nowhere is as good as one to a file. */
function kindAt(link: NativePath): 'dir' | 'file' {
  return statSync(link, { throwIfNoEntry: false })?.isDirectory() ? 'dir' : 'file';
}

const JUNCTION = 0xa0000003;

/** Makes a symbolic link that says what another does, wherever that leads. */
export function makeLink({ target, reparseTag, attributes }: Stat, place: NativePath): void {
  const isFolder = attributes !== undefined && (attributes & attributeBits.directory) !== 0;
  const kind = reparseTag === JUNCTION ? 'junction' : isFolder ? 'dir' : 'file';
  symlinkSync(nativeOf(target ?? new Uint8Array(0)), place, isWindows ? kind : undefined);
}
