import { equalBytes } from '../model/ids.ts';
import { isWithin } from '../model/path.ts';
import { nameKey } from './name-key.ts';

const SLASH = 0x2f;

/** Finds paths that have one place in a target that folds names, among paths that come in their order. */
export class Twins {
  /** The way down to the last path: each directory with the names in it. */
  readonly #levels: { path: Uint8Array; names: Set<string> }[] = [];
  #refused: Uint8Array | undefined;

  /** Whether a path before it has the place of this one, or of a directory that it lies in. */
  isOne(path: Uint8Array): boolean {
    if (this.#refused && isWithin(path, this.#refused)) return true;
    const slash = path.lastIndexOf(SLASH);
    const names = this.#namesIn(path.subarray(0, Math.max(slash, 0)));
    const key = nameKey(path.subarray(slash + 1), true);
    const isOne = names.has(key);
    if (isOne) this.#refused = path.slice();
    names.add(key);
    return isOne;
  }

  #namesIn(directory: Uint8Array): Set<string> {
    for (let top = this.#levels.at(-1); top && !isAt(directory, top.path); top = this.#levels.at(-1))
      this.#levels.pop();
    const top = this.#levels.at(-1);
    if (top && equalBytes(top.path, directory)) return top.names;
    const names = new Set<string>();
    this.#levels.push({ path: directory.slice(), names });
    return names;
  }
}

/** The empty path is above all. */
function isAt(directory: Uint8Array, above: Uint8Array): boolean {
  return above.length === 0 || isWithin(directory, above);
}
