import { release } from '../flow/release.ts';

/** Kept: as many tasks of a lane as run at once, and not too large. */
const MOST_KEPT = 3;
const LARGEST_KEPT = 4 * 1024 * 1024;
const SMALLEST = 1024 * 1024;

/** Buffers to read into, used again: made anew for each task they would be most of a push's garbage. */
export class ReadBuffers {
  #free: Buffer[] = [];

  /** A buffer of exactly this many bytes. */
  take(length: number): Buffer {
    const fitting = this.#free.findIndex((buffer) => buffer.length >= length);
    const buffer = fitting === -1 ? undefined : this.#free.splice(fitting, 1)[0];
    return (buffer ?? Buffer.allocUnsafeSlow(Math.max(length, SMALLEST))).subarray(0, length);
  }

  /** Gives back what `take` gave, when nobody looks at it any more. */
  give(taken: Buffer): void {
    const buffer = Buffer.from(taken.buffer);
    if (this.#free.length < MOST_KEPT && buffer.length <= LARGEST_KEPT) this.#free.push(buffer);
    else release(buffer);
  }
}
