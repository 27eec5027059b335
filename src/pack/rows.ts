import { release } from '../flow/release.ts';
import { type ChunkPlace, ROW_BYTES, writeRow } from './row.ts';

const FIRST_ROWS = 64;

/** Rows of a table that is being made: room doubles, so that a million of them are not copied a million times. */
export class Rows {
  #bytes = new Uint8Array(FIRST_ROWS * ROW_BYTES);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A view, until the next row comes. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * ROW_BYTES);
  }

  add(id: Uint8Array, place: ChunkPlace): void {
    this.#makeRoom(this.#count + 1);
    writeRow(this.#bytes, this.#count++ * ROW_BYTES, id, place);
  }

  /** @param rows encoded */
  append(rows: Uint8Array): void {
    const count = this.#count + rows.length / ROW_BYTES;
    this.#makeRoom(count);
    this.#bytes.set(rows, this.#count * ROW_BYTES);
    this.#count = count;
  }

  /** Takes away all rows from position `first` on. @returns a view of them, until the next row comes */
  cut(first: number): Uint8Array {
    const cut = this.bytes.subarray(first * ROW_BYTES);
    this.#count = first;
    return cut;
  }

  /** Forgets the first `count` rows. */
  drop(count: number): void {
    const rest = this.bytes.subarray(count * ROW_BYTES);
    this.#count -= count;
    this.#moveTo(Math.max(this.#count, FIRST_ROWS), rest);
  }

  #makeRoom(count: number): void {
    if (count * ROW_BYTES <= this.#bytes.length) return;
    this.#moveTo(Math.max(count, (this.#bytes.length / ROW_BYTES) * 2), this.bytes);
  }

  /** Makes room for so many rows, and keeps those of `rows`. */
  #moveTo(room: number, rows: Uint8Array): void {
    const before = this.#bytes;
    this.#bytes = new Uint8Array(room * ROW_BYTES);
    this.#bytes.set(rows);
    release(before);
  }
}
