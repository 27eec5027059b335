import { isBmcloudError } from '../errors.ts';
import type { ByteRange, Store } from '../store/store.ts';

/** Of one request: what follows is asked for in twice as long pieces each time, up to this. Bytes. */
const LONGEST = 4 * 1024 * 1024;
/** Kept, all together. Bytes: the metadata of some 200,000 files, which a restore walks several times. */
const KEPT = 12 * 1024 * 1024;

/** Bytes of an object that were asked for. */
interface Piece extends ByteRange {
  key: string;
  bytes: Promise<Uint8Array>;
}

/**
 * Reads ranges of immutable objects, and keeps the latest. Who goes on where the range before ended is read ahead for: metadata
 * lies in the order in which it is walked, and every request to a store far away costs its latency.
 */
export class ReadAhead {
  readonly #store: Pick<Store, 'get'>;
  /** The least recently used first. */
  #pieces: Piece[] = [];

  constructor(store: Pick<Store, 'get'>) {
    this.#store = store;
  }

  /**
   * The range of an object, as a view of memory that others see, too.
   * @param size of the object, bytes; 0 where it is not known @throws as `Store.get`
   */
  async get(key: string, range: ByteRange, size: number): Promise<Uint8Array> {
    const piece = this.#touch(this.#find(key, range) ?? this.#ask(key, range, size));
    try {
      const bytes = await piece.bytes;
      return bytes.subarray(range.start - piece.start, range.end - piece.start);
    } catch (error) {
      this.#pieces = this.#pieces.filter((one) => one !== piece);
      // An object that is cut short may still have what was really asked for.
      if (!isBmcloudError(error, 'damaged') || piece.end === range.end) throw error;
      return await this.#store.get(key, range);
    }
  }

  #find(key: string, { start, end }: ByteRange): Piece | undefined {
    return this.#pieces.find((piece) => piece.key === key && piece.start <= start && end <= piece.end);
  }

  #ask(key: string, { start, end }: ByteRange, size: number): Piece {
    const before = this.#pieces.find(
      (piece) => piece.key === key && piece.start < start && start <= piece.end,
    );
    const ahead = before ? Math.min(LONGEST, 2 * (before.end - before.start)) : 0;
    const range = { start, end: Math.max(end, Math.min(start + ahead, size)) };
    const bytes = this.#store.get(key, range);
    bytes.catch(() => {}); // whoever waits for it is told
    return { key, ...range, bytes };
  }

  #touch(piece: Piece): Piece {
    this.#pieces = [...this.#pieces.filter((one) => one !== piece), piece];
    let kept = this.#pieces.reduce((sum, { start, end }) => sum + end - start, 0);
    while (kept > KEPT && this.#pieces.length > 1) {
      const { start, end } = this.#pieces.shift() as Piece;
      kept -= end - start;
    }
    return piece;
  }
}
