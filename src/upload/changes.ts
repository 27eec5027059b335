import { BmcloudError } from '../errors.ts';
import { decodeContent, encodeContent, writeEntry } from '../model/entry.ts';
import { comparePaths, displayPath } from '../model/path.ts';
import { deletionContent, isDeletion, type Run, RunCursor, RunWriter } from '../model/run.ts';
import type { RunList } from '../model/snapshot.ts';
import { Writer } from '../model/wire.ts';
import { concat } from '../pack/table.ts';
import { type WriteChunk, writeList, writeRun } from '../repository/run-lists.ts';

/** Small, so that a crash forgets little of what was read. */
const JOURNAL_BYTES = 32 * 1024;
/** Changes longer than this are stored in segments. */
const MAX_INLINE = 128 * 1024;
/** A chunk list of more items may have to be stored in chunks of its own. */
const LONG_CONTENT = 128 * 33;

const NOTHING = new Uint8Array(0);

/**
 * What a push changes, in the order of paths, as it becomes known. It is kept in the journal: there the push reads it back for its
 * manifest, and the next push if this one is killed. Chunk lists stand in it flat, however long, so that it depends on nothing.
 */
export class Changes {
  readonly #note: (run: Uint8Array) => void;
  readonly #out = new RunWriter(JOURNAL_BYTES);
  /** Kept as it is: paths of differences are copies. */
  #last: Uint8Array | undefined;

  /** @param note keeps a piece of the run */
  constructor(note: (run: Uint8Array) => void) {
    this.#note = note;
  }

  /** @throws `internal` when it does not come in the order of paths: a snapshot of it could not be read */
  put(path: Uint8Array, stat: Uint8Array, content: Uint8Array): void {
    if (this.#last && comparePaths(this.#last, path) >= 0)
      throw new BmcloudError('internal', `"${displayPath(path)}" comes out of order`);
    this.#last = path;
    writeEntry(this.#out.writer, path, stat, content);
    if (this.#out.full) this.flush();
  }

  delete(path: Uint8Array): void {
    this.put(path, NOTHING, deletionContent);
  }

  flush(): void {
    if (this.#out.length > 0) this.#note(this.#out.take());
  }
}

/**
 * The content of a file from the items of its list, which is not long-lived: see `Writer.bytes`.
 * @param attached encoded fields, see `encodeAttached`
 */
export function fileContent(
  writer: Writer,
  items: Uint8Array,
  mark: number,
  attached: Uint8Array = NOTHING,
): Uint8Array {
  writer.length = 0;
  writer
    .varint(65)
    .varint(items.length + 1)
    .u8(0)
    .raw(items);
  if (mark !== 0) writer.varint(66).varint(1).u8(mark);
  return writer.raw(attached).bytes();
}

/** Changes as manifests have them: long chunk lists in chunks of their own, and all between them as it stands in the journal. */
export async function* raised(changes: Run, write: WriteChunk): AsyncGenerator<Uint8Array> {
  const cursor = new RunCursor(changes, 'the journal');
  try {
    while (await cursor.refill()) {
      let from = cursor.start;
      do {
        if (cursor.end - cursor.statEnd < LONG_CONTENT || isDeletion(cursor)) continue;
        if (cursor.start > from) yield cursor.batch.subarray(from, cursor.start);
        yield await raisedEntry(cursor, write);
        from = cursor.end;
      } while (cursor.advance());
      if (cursor.end > from) yield cursor.batch.subarray(from, cursor.end);
    }
  } finally {
    await cursor.close();
  }
}

async function raisedEntry(cursor: RunCursor, write: WriteChunk): Promise<Uint8Array> {
  const content = await raisedContent(cursor.content(), write);
  const writer = new Writer(256 + content.length);
  writeEntry(writer, cursor.path(), cursor.stat(), content);
  return writer.take();
}

async function raisedContent(bytes: Uint8Array, write: WriteChunk): Promise<Uint8Array> {
  const content = decodeContent(bytes.slice());
  const writer = new Writer(1024);
  if (content.list) content.list = await writeList(content.list, write);
  for (const stream of content.streams ?? []) stream.list = await writeList(stream.list, write);
  encodeContent(writer, content);
  return writer.take();
}

/** Short changes inline, long ones in segments. */
export async function storeChanges(
  changes: () => Run,
  gear: Uint32Array,
  write: WriteChunk,
): Promise<{ changes?: Uint8Array | RunList; bytes: number }> {
  const inline: Uint8Array[] = [];
  let bytes = 0;
  for await (const batch of changes()) {
    bytes += batch.length;
    if (bytes > MAX_INLINE) return await storeLong(changes(), gear, write);
    inline.push(batch);
  }
  return bytes === 0 ? { bytes } : { changes: concat(inline), bytes };
}

async function storeLong(
  run: Run,
  gear: Uint32Array,
  write: WriteChunk,
): Promise<{ changes: RunList; bytes: number }> {
  let bytes = 0;
  async function* counted() {
    for await (const batch of run) {
      bytes += batch.length;
      yield batch;
    }
  }
  return { changes: await writeRun(counted(), gear, write), bytes };
}
