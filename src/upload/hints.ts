import { decodeContent, listsOf, marksOf } from '../model/entry.ts';
import { comparePaths } from '../model/path.ts';
import { isDeletion, type Run, RunCursor } from '../model/run.ts';

/** What may be known of a file before it is read. */
export interface Hints {
  /** Its content, if that is stored; asked in the order of paths. No promise where nothing is known of any file. */
  find(path: Uint8Array, stat: Uint8Array): Promise<Uint8Array | undefined> | undefined;
  close(): Promise<void>;
}

export const noHints: Hints = { find: () => undefined, close: async () => {} };

/**
 * The journal of a push that did not come to its end. An entry counts only if the file still is what it was, and all of its
 * chunks are stored: some may have been under way.
 */
export class JournalHints implements Hints {
  readonly #cursor: RunCursor;
  readonly #has: (id: Uint8Array) => boolean;
  #begun = false;

  constructor(journal: Run, has: (id: Uint8Array) => boolean) {
    this.#cursor = new RunCursor(journal, 'the journal');
    this.#has = has;
  }

  async find(path: Uint8Array, stat: Uint8Array): Promise<Uint8Array | undefined> {
    if (!(await this.#moveTo(path))) return undefined;
    if (isDeletion(this.#cursor) || Buffer.compare(this.#cursor.stat(), stat) !== 0) return undefined;
    const content = this.#cursor.content().slice();
    return marksOf(content) === 0 && this.#isStored(content) ? content : undefined;
  }

  async close(): Promise<void> {
    await this.#cursor.close();
  }

  async #moveTo(path: Uint8Array): Promise<boolean> {
    if (!this.#begun) await this.#next();
    this.#begun = true;
    while (!this.#cursor.done) {
      const order = comparePaths(this.#cursor.path(), path);
      if (order === 0) return true;
      if (order > 0) return false;
      await this.#next();
    }
    return false;
  }

  async #next(): Promise<void> {
    if (!this.#cursor.advance()) await this.#cursor.refill();
  }

  /** What is behind a deep list, of a file that was only touched, cannot be told at once. */
  #isStored(content: Uint8Array): boolean {
    const lists = listsOf(decodeContent(content));
    return lists.every(({ depth, items }) => depth === 0 && items.every(({ id }) => !id || this.#has(id)));
  }
}
