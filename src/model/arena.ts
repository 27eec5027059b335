const SLAB_BYTES = 64 * 1024;

/** Copies of many small byte strings, side by side in large ones: an ArrayBuffer of its own for each would cost more than its bytes. */
export class Arena {
  #slab = new Uint8Array(0);
  #used = 0;

  /** A copy of the bytes from `start` to `end`: byte by byte, for a view of so few costs more than they do. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (this.#used + length > this.#slab.length) this.#renew(length);
    const slab = this.#slab;
    const begin = this.#used;
    this.#used += length;
    for (let i = 0; i < length; i++) slab[begin + i] = bytes[start + i] as number;
    return slab.subarray(begin, this.#used);
  }

  #renew(length: number): void {
    this.#slab = new Uint8Array(Math.max(SLAB_BYTES, length));
    this.#used = 0;
  }
}
