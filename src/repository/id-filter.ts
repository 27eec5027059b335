import { u32At } from '../model/u32.ts';

/** Bits for each id: three in a hundred strangers pass. */
const BITS = 8;
/** A place of an id lies within one line of the processor's cache. */
const LINE_BYTES = 64;
const LINE_BITS = LINE_BYTES * 8;

/** All filters together, bytes: of sixty million chunks. */
const MOST_BYTES = 64 * 1024 * 1024;
let inUse = 0;

/** What a filter of so many ids takes, bytes. */
function bytesFor(ids: number): number {
  return Math.max(1, Math.ceil((ids * BITS) / LINE_BITS)) * LINE_BYTES;
}

/**
 * A Bloom filter of chunk ids: says of an id that it is certainly not among them, or that it may be. Ids are HMACs, so their own
 * bytes are the hashes.
 */
export class IdFilter {
  readonly #bits: Uint8Array;
  readonly #lines: number;

  private constructor(ids: number) {
    this.#bits = new Uint8Array(bytesFor(ids));
    this.#lines = this.#bits.length / LINE_BYTES;
  }

  /** An empty one; undefined when all filters together would take too much memory. Close it. */
  static for(ids: number): IdFilter | undefined {
    if (inUse + bytesFor(ids) > MOST_BYTES) return undefined;
    inUse += bytesFor(ids);
    return new IdFilter(ids);
  }

  /** Takes in the id at `at`. */
  add(bytes: Uint8Array, at: number): void {
    const line = this.#lineOf(bytes, at);
    for (let place = 0; place < 4; place++) {
      const bit = placeOf(bytes, at, place);
      this.#bits[line + (bit >>> 3)]! |= 1 << (bit & 7);
    }
  }

  mayHave(id: Uint8Array): boolean {
    const line = this.#lineOf(id, 0);
    for (let place = 0; place < 4; place++) {
      const bit = placeOf(id, 0, place);
      if ((this.#bits[line + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  close(): void {
    inUse -= this.#bits.length;
  }

  /** The first four bytes order the ids of a table: others choose the line. */
  #lineOf(bytes: Uint8Array, at: number): number {
    return Math.floor((u32At(bytes, at + 4) / 2 ** 32) * this.#lines) * LINE_BYTES;
  }
}

/** One of four bits in a line. */
function placeOf(bytes: Uint8Array, at: number, place: number): number {
  const first = at + 8 + place * 2;
  return (bytes[first]! | (bytes[first + 1]! << 8)) & (LINE_BITS - 1);
}
