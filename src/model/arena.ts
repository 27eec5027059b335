const SLAB_BYTES = 64 * 1024;

/** Copies of many small byte strings, side by side in large ones: an ArrayBuffer of its own for each would cost more than its bytes. */
export class Arena {
  #slab = new Uint8Array(0);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > this.#slab.length) this.#renew(bytes.length);
    const copy = this.#slab.subarray(this.#used, this.#used + bytes.length);
    copy.set(bytes);
    this.#used += bytes.length;
    return copy;
  }

  #renew(length: number): void {
    this.#slab = new Uint8Array(Math.max(SLAB_BYTES, length));
    this.#used = 0;
  }
}
