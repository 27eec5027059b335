import { opendir } from 'node:fs/promises';
import type { NativePath } from '../scan/disk.ts';
import { isSystemError } from '../scan/problems.ts';

/** True for a directory that holds nothing. What cannot be listed is none: the scan tells what the trouble is. */
export async function isEmptyDirectory(path: NativePath): Promise<boolean> {
  try {
    const directory = await opendir(path);
    const first = await directory.read();
    await directory.close();
    return first === null;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}
