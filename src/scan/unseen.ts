import { comparePaths, isWithin } from '../model/path.ts';

/**
 * Paths that a scan knows to be there and cannot tell more of: what was known of them, and below them, stays as it was. The
 * newest come first, because they are asked about where the scan stands.
 */
export class Unseen implements Iterable<Uint8Array> {
  #paths: Uint8Array[] = [];

  add(path: Uint8Array): void {
    this.#paths.push(path);
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let at = this.#paths.length - 1; at >= 0; at--) yield this.#paths[at] as Uint8Array;
  }

  /** Forgets what cannot matter once everything up to `path` is done: a cloud folder has very many of them. */
  passed(path: Uint8Array): void {
    this.#paths = this.#paths.filter((unseen) => comparePaths(unseen, path) >= 0 || isWithin(path, unseen));
  }
}
