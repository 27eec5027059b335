import type { List } from '../model/entry.ts';
import type { ReadChunk } from '../repository/run-lists.ts';
import { Batch, type FileWork } from './batch.ts';
import { failureOf } from './failures.ts';
import { itemsOf } from './items.ts';
import { type FileData, wrongLength } from './lengths.ts';
import type { Found } from './walk.ts';
import type { Windows } from './windows.ts';

/*
 * A window: what is planned and fetched together. It costs memory by the piece. Lanes of a push put far parts of large files into
 * the same pack, side by side: with 48 MiB a window, two files of 1 GiB were fetched in 2,886 ranges instead of some 470.
 */
const WINDOW_BYTES = 512 * 1024 * 1024;
const WINDOW_PIECES = 4096;

/** Fills windows with files and their pieces, and hands each on when it is full. */
export class Filler {
  readonly #windows: Windows;
  readonly #readChunk: ReadChunk;
  #batch = new Batch();

  constructor(windows: Windows, readChunk: ReadChunk) {
    this.#windows = windows;
    this.#readChunk = readChunk;
  }

  /** @returns a promise to wait for before the next file, where there is one */
  add({ path, stat }: Found, data: FileData, flags: number): Promise<void> | undefined {
    const { length, list } = data;
    const file = { path, stat, length, flags, open: true, windows: 0, pieces: 0, holes: 0 };
    return list.depth === 0 ? this.#short(file, list) : this.#long(file, data);
  }

  /** Waits until everything is done. */
  async finish(): Promise<void> {
    await this.#hand();
    await this.#windows.finish();
  }

  #short(file: FileWork, { items }: List): Promise<void> | undefined {
    this.#batch.addFile(file);
    let position = 0;
    for (const { id, length } of items) {
      this.#batch.addPiece(id ? { file, position, length, id } : { file, position, length });
      position += length;
    }
    file.open = false;
    return this.#isFull() ? this.#hand() : undefined;
  }

  /** A file of thousands of chunks may take many windows. */
  async #long(file: FileWork, { list, changed }: FileData): Promise<void> {
    let position = 0;
    try {
      for await (const { id, length } of itemsOf(list, this.#readChunk)) {
        if (!changed && position + length > file.length) throw wrongLength();
        this.#batch.addPiece({ file, position, length, ...(id && { id }) });
        position += length;
        if (this.#isFull()) await this.#hand();
      }
      if (changed) file.length = position;
      if (position !== file.length) throw wrongLength();
    } catch (error) {
      file.failure ??= failureOf(error);
    }
    this.#batch.addFile(file);
    file.open = false;
  }

  #isFull(): boolean {
    const { bytes, files, pieces } = this.#batch;
    return bytes >= WINDOW_BYTES || Math.max(files.length, pieces.length) >= WINDOW_PIECES;
  }

  async #hand(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new Batch();
    await this.#windows.hand(batch);
  }
}
