/** Where the bytes of an archive go, in order. */
export interface Sink {
  /** The bytes may be used for something else once it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** A position to go back to; undefined where what was written is out of reach. */
  mark(): Promise<number | undefined>;
  /** Forgets what was written since. */
  rewind(mark: number): Promise<void>;
  /** Everything was written. The destination is closed by whoever opened it. */
  end(): Promise<void>;
}

const BUFFER_BYTES = 256 * 1024;

/** Gathers small writes: headers and small files come in pieces of a few hundred bytes. */
export class GatheringSink implements Sink {
  readonly #sink: Sink;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #held = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#held + bytes.length > BUFFER_BYTES) await this.#flush();
    if (bytes.length > BUFFER_BYTES / 2) {
      await this.#flush();
      await this.#sink.write(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  async mark(): Promise<number | undefined> {
    await this.#flush();
    return await this.#sink.mark();
  }

  async rewind(mark: number): Promise<void> {
    this.#held = 0;
    await this.#sink.rewind(mark);
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#sink.end();
  }

  async #flush(): Promise<void> {
    if (this.#held === 0) return;
    await this.#sink.write(this.#buffer.subarray(0, this.#held));
    this.#held = 0;
  }
}
