import { sep } from 'node:path';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { placeOf, type Target } from './target.ts';

const SLASH = 0x2f;

/** Where a file goes, and the directory it goes to. */
export interface Place {
  place: NativePath;
  directory: NativePath;
}

/**
 * Where files go. They come in the order of their paths, so that most lie in the directory of the one before: what its path is here
 * is found once.
 */
export class Places {
  readonly #target: Target;
  /** As in manifests. */
  #path: Uint8Array | undefined;
  #directory: NativePath = '';

  constructor(target: Target) {
    this.#target = target;
  }

  /** Ask `refusalOf` first. */
  of(path: Uint8Array): Place {
    const slash = path.lastIndexOf(SLASH);
    if (slash === -1) return { place: placeOf(this.#target, path, false), directory: '' };
    const directory = this.#directoryOf(path.subarray(0, slash));
    return { place: joinNative(directory, nativeOf(path.subarray(slash + 1)), sep), directory };
  }

  #directoryOf(path: Uint8Array): NativePath {
    if (!this.#path || Buffer.compare(this.#path, path) !== 0) {
      this.#path = path.slice();
      this.#directory = placeOf(this.#target, path, true);
    }
    return this.#directory;
  }
}
