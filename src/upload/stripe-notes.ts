import { decodeItems } from '../model/entry.ts';
import { equalBytes } from '../model/ids.ts';
import { Reader, Writer } from '../model/wire.ts';
import { packResults, unpackResults } from './read-results.ts';
import type { FileToRead, ReadResult } from './tasks.ts';

/** Held in memory: notes of some 500 GiB of files. What is beyond that is read again. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * What was read of large files, stripe by stripe, so that a push that is killed in the middle of one goes on in the middle of it.
 * A note counts only if the file still is what it was, and all chunks of the stripe are stored.
 */
export class StripeNotes {
  readonly #before = new Map<string, { stat: Uint8Array; result: ReadResult & { kind: 'read' } }>();
  readonly #has: (id: Uint8Array) => boolean;
  readonly #note: (note: Uint8Array) => void;
  #bytes = 0;

  /** @param note keeps a note for the next push */
  constructor(has: (id: Uint8Array) => boolean, note: (note: Uint8Array) => void) {
    this.#has = has;
    this.#note = note;
  }

  /** Takes in a note that an earlier push left. */
  add(note: Uint8Array): void {
    this.#bytes += note.length;
    if (this.#bytes > MOST_BYTES) return;
    const reader = new Reader(note, 'the journal');
    const path = reader.prefixed();
    const stat = reader.prefixed();
    const index = reader.varint();
    const [result] = unpackResults(reader.rest());
    if (result?.kind === 'read') this.#before.set(keyOf(path, index), { stat, result });
  }

  find({ path, stat }: FileToRead, index: number): ReadResult | undefined {
    const key = keyOf(path, index);
    const noted = this.#before.get(key);
    if (!noted || !equalBytes(noted.stat, stat)) return undefined;
    const isStored = decodeItems(noted.result.items).every(({ id }) => !id || this.#has(id));
    // Nothing was read this time.
    return isStored ? { ...noted.result, bytes: 0 } : undefined;
  }

  keep({ path, stat }: FileToRead, index: number, result: ReadResult): void {
    if (result.kind === 'failed' || result.stat) return;
    const note = new Writer(1024).prefixed(path).prefixed(stat).varint(index);
    this.#note(note.raw(packResults([result])).take());
  }
}

function keyOf(path: Uint8Array, index: number): string {
  return `${index}:${Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString('latin1')}`;
}
