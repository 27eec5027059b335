import { closeSync, lstatSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { systemRandom, toHex } from '../model/ids.ts';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { isGone, isSystemError } from '../scan/problems.ts';
import { DRAFT } from './target.ts';

/*
 * Whether names that differ only in case are one: not only on Windows and macOS, but wherever FAT, exFAT or a share is mounted. Only
 * the file system knows, so it is asked. Not by what it says of a file under two names: exfat-fuse gives each its own inode.
 */

const { platform } = process;
/** As systems have it that cannot be asked. */
export const usuallyFolds = platform === 'win32' || platform === 'darwin';

/** Asks a directory that may be written to, with a file that is there for a moment. */
export function foldsNames(directory: NativePath): boolean {
  if (platform === 'win32') return true;
  const name = Buffer.from(`${DRAFT}case-${toHex(systemRandom(8))}`);
  const probe = joinNative(directory, nativeOf(name));
  try {
    closeSync(openSync(probe, 'wx', 0o600));
  } catch (error) {
    if (isSystemError(error)) return usuallyFolds;
    throw error;
  }
  try {
    return isThere(joinNative(directory, nativeOf(otherCase(name))));
  } finally {
    unlinkSync(probe);
  }
}

/** Asks by the names that are there already, and changes nothing. */
export function foldsNamesThere(directory: NativePath): boolean {
  if (platform === 'win32') return true;
  try {
    const names = readdirSync(directory, 'buffer');
    const known = new Set(names.map((name) => name.toString('latin1')));
    const asked = names.find((name) => !otherCase(name).equals(name));
    if (!asked) return usuallyFolds;
    const other = otherCase(asked);
    return !known.has(other.toString('latin1')) && isThere(joinNative(directory, nativeOf(other)));
  } catch (error) {
    if (isSystemError(error)) return usuallyFolds;
    throw error;
  }
}

const CASE = 0x20;

/** Of ASCII letters alone, whose bytes are part of no other letter in UTF-8. */
function otherCase(name: Buffer): Buffer {
  const isLetter = (byte: number) => (byte | CASE) >= 0x61 && (byte | CASE) <= 0x7a;
  return Buffer.from(name.map((byte) => (isLetter(byte) ? byte ^ CASE : byte)));
}

function isThere(place: NativePath): boolean {
  try {
    lstatSync(place);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
