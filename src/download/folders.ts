import { type BigIntStats, chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { BmcloudError } from '../errors.ts';
import { makeDirectoriesSync } from '../flow/make-directories.ts';
import type { NativePath } from '../scan/disk.ts';
import { nameBytes } from '../scan/listing.ts';
import { displayNative, nativeOf } from '../scan/native-path.ts';
import { isGone, isSystemError } from '../scan/problems.ts';
import type { Overwrite } from './decide.ts';
import { type Failure, failureOf } from './failures.ts';
import type { Folder } from './walk.ts';

/*
 * Directories are made one by one on the way down, and each is looked at before anything is written in it: a link in its place is
 * never walked through.
 */

/** What is there; undefined when nothing is. Links are not followed. */
export function lookAt(place: NativePath): BigIntStats | undefined {
  try {
    return lstatSync(place, { bigint: true });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const OWN_UID = userInfo().uid;

/** Nobody else may look or write into a directory before it has its mode. */
const PRIVATE = 0o700;

/** What was found where a directory goes. */
export interface FolderPlace {
  state: 'fresh' | 'present' | 'failed';
  there?: BigIntStats | undefined;
  failure?: Failure;
}

/** Looks where a directory goes, without touching anything. `fresh`: it is to be made, in place of what is there. */
export function judgeFolder({ parent, place }: Folder, overwrite: Overwrite): FolderPlace {
  if (parent?.state === 'failed') {
    return { state: 'failed', failure: { reason: 'its directory could not be made', code: 'ENOENT' } };
  }
  if (parent?.state === 'fresh') return { state: 'fresh' };
  try {
    const there = lookAt(place);
    if (there?.isDirectory()) return { state: 'present', there };
    if (!there || overwrite === 'always' || overwrite === 'if-different') return { state: 'fresh', there };
    const what = there.isSymbolicLink() ? 'a symbolic link' : 'a file';
    const reason = `where the directory should be is ${what}`;
    return { state: 'failed', there, failure: { reason, code: 'EEXIST' } };
  } catch (error) {
    return { state: 'failed', failure: failureOf(error) };
  }
}

/** Makes a directory, or makes sure that one is there, and notes which in `state`. */
export function makeFolder(folder: Folder, overwrite: Overwrite): FolderPlace {
  const found = judgeFolder(folder, overwrite);
  folder.state = found.state;
  try {
    if (found.state === 'present') openUp(folder.place, found.there as BigIntStats);
    if (found.state === 'fresh') makeNew(folder.place, found.there);
    return found;
  } catch (error) {
    folder.state = 'failed';
    return { state: 'failed', failure: failureOf(error) };
  }
}

function makeNew(place: NativePath, inTheWay: BigIntStats | undefined): void {
  if (inTheWay) unlinkSync(place);
  mkdirSync(place, PRIVATE);
}

/** A directory of ours that is closed to us is opened; it gets its own mode at the end. */
function openUp(place: NativePath, there: BigIntStats): void {
  const mode = Number(there.mode) & 0o7777;
  if ((mode & PRIVATE) === PRIVATE || OWN_UID === -1) return;
  if (Number(there.uid) === OWN_UID) chmodSync(place, mode | PRIVATE);
}

/** Makes the directory that everything goes below, with those above it. @throws `target`, `disk-full` */
export function makeTop(directory: NativePath): void {
  try {
    makeDirectoriesSync(directory);
  } catch (error) {
    const { reason } = failureOf(error);
    const facts = { hint: 'Choose another directory with --to', cause: error };
    throw new BmcloudError('target', `${displayNative(directory)} cannot be made: ${reason}`, facts);
  }
}

/** The directory that a path lies in. */
export function directoryOf(place: NativePath): NativePath {
  if (typeof place === 'string') return dirname(place);
  return nativeOf(Buffer.from(dirname(nameBytes(place).toString('latin1')), 'latin1'));
}

/** Whether a directory is there, and not a link to one. */
export function isFolder(place: NativePath): boolean {
  try {
    return lookAt(place)?.isDirectory() ?? false;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
