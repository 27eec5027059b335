import { release } from './release.ts';

const SMALLEST = 1024 * 1024;

export interface ReusedBuffersOptions {
  /** As many are kept. Default: 3, as many tasks of a lane as run at once. */
  most?: number;
  /** Bytes; larger ones are not kept. Default: 4 MiB. */
  largest?: number;
}

/** Buffers that are used again: made anew for each task, and left to the collector, they would be most of a push's garbage. */
export class ReusedBuffers {
  readonly #most: number;
  readonly #largest: number;
  readonly #free: Buffer[] = [];

  constructor({ most = 3, largest = 4 * 1024 * 1024 }: ReusedBuffersOptions = {}) {
    this.#most = most;
    this.#largest = largest;
  }

  /** A buffer of exactly this many bytes. */
  take(length: number): Buffer {
    const fitting = this.#free.findIndex((buffer) => buffer.length >= length);
    const buffer = fitting === -1 ? undefined : this.#free.splice(fitting, 1)[0];
    return (buffer ?? Buffer.allocUnsafeSlow(Math.max(length, SMALLEST))).subarray(0, length);
  }

  /** Gives back what `take` gave, when nobody looks at it any more. */
  give(taken: Buffer): void {
    const buffer = Buffer.from(taken.buffer);
    if (this.#free.length < this.#most && buffer.length <= this.#largest) this.#free.push(buffer);
    else release(buffer);
  }
}
