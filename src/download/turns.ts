/**
 * Which files a restore has written, or found right, by their turn in the walk, which is the same each time: a bit for each,
 * where names would fill the memory.
 */
export class Turns {
  #bits = new Uint8Array(1024);
  #marked = 0;

  /** Says it of the next file of the first walk. */
  mark(isOurs: boolean): void {
    const at = this.#marked++;
    if (at >>> 3 >= this.#bits.length) this.#grow();
    if (isOurs) (this.#bits[at >>> 3] as number) |= 1 << (at & 7);
  }

  /** For a later walk. */
  reader(): TurnReader {
    let asked = 0;
    return {
      next: () => {
        const at = asked++;
        return ((this.#bits[at >>> 3] ?? 0) & (1 << (at & 7))) !== 0;
      },
    };
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bits.length * 2);
    grown.set(this.#bits);
    this.#bits = grown;
  }
}

export interface TurnReader {
  /** What was said of the next file. */
  next(): boolean;
}
