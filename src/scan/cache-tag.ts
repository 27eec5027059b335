import type { Disk, NativePath } from './disk.ts';
import { isSystemError } from './problems.ts';
import { isFile } from './system-stat.ts';

/** The file that marks a directory as a cache (bford.info/cachedir). */
export const CACHE_TAG = 'CACHEDIR.TAG';
const SIGNATURE = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55');

/** True if the file is a valid tag: a regular file that starts with the signature. */
export function isCacheTag(file: NativePath, disk: Pick<Disk, 'lstat' | 'readStart'>): boolean {
  try {
    return isFile(disk.lstat(file)) && disk.readStart(file, SIGNATURE.length).equals(SIGNATURE);
  } catch (error) {
    // A tag that cannot be read proves nothing: rather keep too much. If it is a fault, the tag's own entry tells.
    if (!isSystemError(error)) throw error;
    return false;
  }
}
