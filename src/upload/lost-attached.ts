import type { OnEvent } from '../model/events.ts';
import { displayPath } from '../model/path.ts';

/** Counts files and directories of which access lists or streams could not be read, for one warning in all. */
export class LostAttached {
  readonly #tell: OnEvent;
  #count = 0;
  #first: { path: string; reason: string } | undefined;

  constructor(tell: OnEvent) {
    this.#tell = tell;
  }

  note = (path: Uint8Array, reason: string): void => {
    this.#count++;
    this.#first ??= { path: displayPath(path), reason };
  };

  tell(): void {
    if (!this.#first) return;
    const { path, reason } = this.#first;
    const of = this.#count === 1 ? path : `${this.#count} files and directories, the first ${path}`;
    const message = `The access list or alternate streams could not be read of ${of}: ${reason}`;
    this.#tell({ type: 'warning', message });
    this.#count = 0;
    this.#first = undefined;
  }
}
