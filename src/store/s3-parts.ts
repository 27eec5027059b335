import { Semaphore } from '../flow/semaphore.ts';

/** One part of a stream, in memory to be given back to where it came from. */
export interface Part {
  /** From 1. */
  number: number;
  bytes: Buffer;
}

/** Cuts a stream into parts. Several may ask at once: each part is filled before memory is taken for the next. */
export class PartCutter {
  readonly #take: () => Buffer;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #turn = new Semaphore(1);
  /** What is left of the piece at hand, which is valid until the next is asked for. */
  #rest: Uint8Array = new Uint8Array(0);
  #count = 0;
  #ended = false;

  /** @param take gives memory for a part, of its greatest length */
  constructor(pieces: AsyncIterable<Uint8Array>, take: () => Buffer) {
    this.#take = take;
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** True once the last part was given. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next part, as long as its memory but for the last one; undefined behind it. An empty stream has one part. */
  async next(): Promise<Part | undefined> {
    return await this.#turn.run(async () => (this.#ended ? undefined : await this.#fill(this.#take())));
  }

  /** Tells the stream that no more of it is wanted. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #fill(memory: Buffer): Promise<Part> {
    let length = 0;
    // On to the first byte behind it, so that the last part is known for it.
    while (await this.#hasMore()) {
      if (length === memory.length) break;
      const taken = this.#rest.subarray(0, memory.length - length);
      memory.set(taken, length);
      length += taken.length;
      this.#rest = this.#rest.subarray(taken.length);
    }
    return { number: ++this.#count, bytes: memory.subarray(0, length) };
  }

  async #hasMore(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#ended) {
      const next = await this.#pieces.next();
      if (next.done) this.#ended = true;
      else this.#rest = next.value;
    }
    return !this.#ended;
  }
}
