import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';
import type { Sink } from './sink.ts';

/** Compresses what passes. A mark ends a frame, so that there is a place to go back to; frames one after the other are one stream. */
export class ZstdSink implements Sink {
  readonly #sink: Sink;
  readonly #level: number;
  #frame: { compressor: ZstdCompress; written: Promise<void> } | undefined;

  /** @param level 1 … 19 */
  constructor(sink: Sink, level: number) {
    this.#sink = sink;
    this.#level = level;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#frame ??= this.#begin();
    const { compressor, written } = this.#frame;
    const taken = new Promise<void>((resolve, reject) => {
      compressor.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    // Whoever writes is told why: a compressor that is torn down only says that it was.
    await Promise.race([taken, written]).catch(async (error: unknown) => {
      await written;
      throw error;
    });
  }

  async mark(): Promise<number | undefined> {
    // Where there is no going back, there is no reason to end a frame.
    if ((await this.#sink.mark()) === undefined) return undefined;
    await this.#finish();
    return await this.#sink.mark();
  }

  async rewind(mark: number): Promise<void> {
    await this.#finish();
    await this.#sink.rewind(mark);
  }

  async end(): Promise<void> {
    await this.#finish();
    await this.#sink.end();
  }

  #begin() {
    const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants;
    const compressor = createZstdCompress({ params: { [level]: this.#level, [checksum]: 1 } });
    const written = this.#passOn(compressor);
    written.catch(() => {}); // told to whoever writes next
    return { compressor, written };
  }

  async #passOn(compressor: ZstdCompress): Promise<void> {
    for await (const piece of compressor as AsyncIterable<Uint8Array>) await this.#sink.write(piece);
  }

  async #finish(): Promise<void> {
    if (!this.#frame) return;
    const { compressor, written } = this.#frame;
    this.#frame = undefined;
    compressor.end();
    await written;
  }
}
