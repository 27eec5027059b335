import { comparePathsAt } from './path.ts';
import { damaged, Writer } from './wire.ts';

/*
 * Runs: sorted entries as bytes, moved about in batches that hold whole entries. State, changes, the scan's findings and the
 * journal are all runs, so that a push compares millions of entries without making an object of each.
 */

/** A sorted run of entries, batch by batch. */
export type Run = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Walks a run. After `advance()` or `refill()` the parts of the current entry are positions in `batch`:
 *
 *     while (cursor.advance() || (await cursor.refill())) use(cursor.path());
 */
export class RunCursor {
  readonly #batches: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #what: string;
  batch: Uint8Array = new Uint8Array(0);
  /** Where the current entry starts in `batch`, with its length prefix. */
  start = 0;
  end = 0;
  pathStart = 0;
  pathEnd = 0;
  statStart = 0;
  statEnd = 0;
  done = false;
  #at = 0;
  /** Where entries begin that `entriesBefore` looks at: used again and again. */
  readonly #starts: number[] = [];

  constructor(run: Run, what: string) {
    this.#batches = Symbol.asyncIterator in run ? run[Symbol.asyncIterator]() : run[Symbol.iterator]();
    this.#what = what;
  }

  /** Moves to the next entry of the batch; false at its end: then call `refill()`. */
  advance(): boolean {
    if (this.end >= this.batch.length) return false;
    this.#at = this.start = this.end;
    const length = this.#varint();
    this.end = this.#at + length;
    this.pathStart = this.#skipLength();
    this.pathEnd = this.#at;
    this.statStart = this.#skipLength();
    this.statEnd = this.#at;
    if (this.statEnd > this.end || this.end > this.batch.length)
      throw damaged(this.#what, 'an entry is cut short');
    return true;
  }

  /** Fetches the next batch and moves to its first entry; false, and `done`, at the end of the run. */
  async refill(): Promise<boolean> {
    for (;;) {
      const next = await this.#batches.next();
      if (next.done) {
        this.done = true;
        return false;
      }
      // Never a Buffer, whose `slice` is no copy.
      const { value } = next;
      this.batch = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      this.end = 0;
      if (this.advance()) return true;
    }
  }

  path(): Uint8Array {
    return this.batch.subarray(this.pathStart, this.pathEnd);
  }

  stat(): Uint8Array {
    return this.batch.subarray(this.statStart, this.statEnd);
  }

  content(): Uint8Array {
    return this.batch.subarray(this.statEnd, this.end);
  }

  /** The whole entry as it stands in the run. */
  entry(): Uint8Array {
    return this.batch.subarray(this.start, this.end);
  }

  /**
   * The current entry and those behind it in the batch that come before the one `limit` stands on, as they stand in the run: found in
   * steps of 1, 2, 4, … entries, by fewer comparisons than there are entries. `advance()` goes on behind them.
   */
  entriesBefore(limit: RunCursor): Uint8Array {
    for (let step = 1; this.end < this.batch.length; step *= 2) {
      const starts = this.#step(step);
      const behind = this.#at;
      const passed = limit.done ? starts.length : this.#countBefore(starts, limit);
      this.end = starts[passed] ?? behind;
      if (passed < starts.length) break;
    }
    return this.batch.subarray(this.start, this.end);
  }

  /** Ends the run early, so that what feeds it can clean up. */
  async close(): Promise<void> {
    await this.#batches.return?.();
  }

  /** Where the next entries begin, at most so many. */
  #step(count: number): number[] {
    const starts = this.#starts;
    starts.length = 0;
    for (this.#at = this.end; this.#at < this.batch.length && starts.length < count; ) {
      starts.push(this.#at);
      const length = this.#varint();
      this.#at += length;
    }
    if (this.#at > this.batch.length) throw damaged(this.#what, 'an entry is cut short');
    return starts;
  }

  /** How many of these entries come before the one `limit` stands on. */
  #countBefore(starts: number[], limit: RunCursor): number {
    if (this.#compareAt(starts.at(-1) as number, limit) < 0) return starts.length;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareAt(starts[middle] as number, limit) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Compares the path of the entry at `start` with that of another cursor. */
  #compareAt(start: number, other: RunCursor): number {
    this.#at = start;
    this.#varint();
    const length = this.#varint();
    const { batch, pathStart, pathEnd } = other;
    return comparePathsAt(this.batch, this.#at, this.#at + length, batch, pathStart, pathEnd);
  }

  #skipLength(): number {
    const length = this.#varint();
    const start = this.#at;
    this.#at += length;
    return start;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.batch[this.#at++];
      if (byte === undefined) throw damaged(this.#what, 'an entry is cut short');
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (scale > 2 ** 49) throw damaged(this.#what, 'a number is too long');
    }
  }
}

/** Compares the current paths of two cursors. */
export function compareCursors(a: RunCursor, b: RunCursor): number {
  return comparePathsAt(a.batch, a.pathStart, a.pathEnd, b.batch, b.pathStart, b.pathEnd);
}

/** Whether the entries that two cursors stand on have the same stat. */
export function haveSameStat(a: RunCursor, b: RunCursor): boolean {
  const length = a.statEnd - a.statStart;
  if (b.statEnd - b.statStart !== length) return false;
  for (let i = 0; i < length; i++) if (a.batch[a.statStart + i] !== b.batch[b.statStart + i]) return false;
  return true;
}

/** Collects entries into batches of about `size` bytes. */
export class RunWriter {
  readonly #writer: Writer;
  readonly #size: number;

  constructor(size = 256 * 1024) {
    this.#writer = new Writer(size + 4096);
    this.#size = size;
  }

  get full(): boolean {
    return this.#writer.length >= this.#size;
  }

  get length(): number {
    return this.#writer.length;
  }

  /** For `writeEntry`. */
  get writer(): Writer {
    return this.#writer;
  }

  /** Appends an entry that is already encoded. */
  append(entry: Uint8Array): void {
    this.#writer.raw(entry);
  }

  /** The batch so far, as a copy. */
  take(): Uint8Array {
    return this.#writer.take();
  }
}

const DELETED_KEY = 71;

/** True if the cursor stands on a deletion: its stat is empty, which no entry that is there has. */
export function isDeletion(cursor: RunCursor): boolean {
  return cursor.statStart === cursor.statEnd;
}

/** The content field of a deletion. */
export const deletionContent: Uint8Array = Uint8Array.of(DELETED_KEY, 0);
