import { nameKey } from './name-key.ts';

/** Names in a directory of the target that no entry has claimed. */
export class Unclaimed {
  readonly #names: Map<string, Uint8Array>;
  readonly #folds: boolean;

  /** @param folds names that differ in case, or composition, are one there */
  constructor(names: Uint8Array[], folds: boolean) {
    this.#folds = folds;
    this.#names = new Map(names.map((name) => [nameKey(name, folds), name]));
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  claim(name: Uint8Array): void {
    this.#names.delete(nameKey(name, this.#folds));
  }

  names(): Iterable<Uint8Array> {
    return this.#names.values();
  }
}
