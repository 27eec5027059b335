import { isZero } from '../model/zero.ts';
import { damagedArchive } from './member.ts';

const MOST = Number.POSITIVE_INFINITY;

/** Reads a stream in pieces of the reader's choosing. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** The next bytes, at most so many, as a view; undefined at the end of the stream. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#piece.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) return undefined;
      this.#piece = next.value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  /** Gives back the end of what `some` gave last. */
  unread(rest: Uint8Array): void {
    this.#piece = this.#piece.length === 0 ? rest : Buffer.concat([rest, this.#piece]);
  }

  /** Exactly so many bytes; undefined when the stream has ended. @throws `damaged` when it ends in the middle of them */
  async exactly(count: number): Promise<Uint8Array | undefined> {
    const first = await this.some(count);
    if (!first || first.length === count) return first;
    const bytes = new Uint8Array(count);
    bytes.set(first);
    for (let done = first.length; done < count; ) {
      const more = await this.some(count - done);
      if (!more) throw damagedArchive('it is cut short');
      bytes.set(more, done);
      done += more.length;
    }
    return bytes;
  }

  /** Passes over bytes. @throws `damaged` when the stream ends before */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const piece = await this.some(left);
      if (!piece) throw damagedArchive('it is cut short');
      left -= piece.length;
    }
  }

  /** The next bytes, which stay: so many, or all that are left. */
  async peek(count: number): Promise<Uint8Array> {
    let bytes = this.#piece;
    while (bytes.length < count) {
      const next = await this.#pieces.next();
      if (next.done) break;
      bytes = Buffer.concat([bytes, next.value]);
    }
    this.#piece = bytes;
    return bytes.subarray(0, count);
  }

  /**
   * Passes over all that is left: a compressed stream has its checksum at its end. @throws what the stream does
   * @returns whether it was zeros
   */
  async drain(): Promise<boolean> {
    let isEmpty = true;
    for (let piece = await this.some(MOST); piece; piece = await this.some(MOST)) isEmpty &&= isZero(piece);
    return isEmpty;
  }

  /** Ends the stream, however much of it is left. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
