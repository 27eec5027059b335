import type { Disk, NativePath } from './disk.ts';
import { listNames, type Name, nameBytes } from './listing.ts';
import { isSystemError } from './problems.ts';

/** A directory in which everything is being deleted is not listed again for each name. */
const MOST_LISTINGS = 100;

/**
 * Tells a name that is gone from one that a directory still lists, and the system does not find: as some shares have them, and file
 * systems that are damaged. One for a directory.
 */
export class StillListed {
  #names: Set<string> | undefined;
  #listings = 0;
  #last = false;

  /** Of a name that was listed and was not found just now. Beyond `MOST_LISTINGS`, it is taken for what the last one was. */
  has(directory: NativePath, name: Name, disk: Pick<Disk, 'names' | 'rawNames'>): boolean {
    const key = keyOf(name);
    if (this.#names?.has(key) === false) return false;
    if (this.#listings++ < MOST_LISTINGS) {
      this.#names = namesIn(directory, disk);
      this.#last = this.#names.has(key);
    }
    return this.#last;
  }
}

function namesIn(directory: NativePath, disk: Pick<Disk, 'names' | 'rawNames'>): Set<string> {
  try {
    return new Set(listNames(directory, disk).map(keyOf));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return new Set(); // it may be gone, too
  }
}

function keyOf(name: Name): string {
  return nameBytes(name).toString('latin1');
}
