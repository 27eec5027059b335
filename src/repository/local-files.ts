import { rename, rm } from 'node:fs/promises';
import { whenFree } from '../flow/held-files.ts';

/*
 * Files of our own that may be in use for a moment when they are replaced or removed: by another process of ours, or on Windows by
 * a virus scanner.
 */

/** Gives a file another name, replacing what has it. */
export function renameLocal(from: string, to: string): Promise<void> {
  return whenFree(() => rename(from, to));
}

/** Removes a file, if it is there. */
export function removeLocal(path: string): Promise<void> {
  return whenFree(() => rm(path, { force: true }));
}
