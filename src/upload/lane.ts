import { WINDOW_BYTES } from '../chunk/cut.ts';
import { STRIPE_BYTES, stripeBoundary } from '../chunk/stripe.ts';
import { sameFile } from '../diff/diff.ts';
import { ReusedBuffers } from '../flow/reused-buffers.ts';
import { decodeStat, encodeItems, encodeStat, type ListItem } from '../model/entry.ts';
import { sizeOf } from '../model/tally.ts';
import { Writer } from '../model/wire.ts';
import { loadFilesAddon } from '../native/files.ts';
import { type LinuxAddon, loadLinuxAddon } from '../native/linux.ts';
import { failureOf } from '../read/failure.ts';
import { openShared, type SourceFile } from '../read/shared.ts';
import { nativeOf } from '../scan/native-path.ts';
import { type Owners, readOwners } from '../scan/owners.ts';
import { statOf, withWindowsFields } from '../scan/stat.ts';
import { type SystemStat, systemStat } from '../scan/system-stat.ts';
import { type AttachedResult, readAttached, type WindowsAttached } from './attached.ts';
import { ChunkWriter, type CutChunk } from './chunk-writer.ts';
import { attempt, storeRange, windowBytes } from './ranges.ts';
import { type ReadMany, readMany } from './read-many.ts';
import {
  type FileToRead,
  filesOf,
  type LanePort,
  type LaneSettings,
  type LaneTask,
  type ReadResult,
} from './tasks.ts';

/** A small file that grew beyond this while it was read is kept so far; the next push reads it as the large file it is. */
const MOST_GROWN = 64 * 1024 * 1024;

/**
 * One lane of a push: reads files, cuts, seals and packs them. It shares nothing with other lanes but the answers of its port,
 * so that as many run as there are cores.
 */
export class Lane {
  readonly #writer: ChunkWriter;
  readonly #owners: Owners;
  readonly #scratch = new Writer(256);
  readonly #buffers = new ReusedBuffers();
  readonly #readSize: number;
  readonly #windows: WindowsAttached | undefined;
  readonly #readMany: ReadMany | undefined;

  /**
   * @param windows what tells of files on Windows. Default: the addon, where there is one
   * @param linux what reads many files in one call. Default: the same
   */
  constructor(
    settings: LaneSettings,
    port: LanePort,
    windows: WindowsAttached | undefined = loadFilesAddon(),
    linux: Pick<LinuxAddon, 'read'> | undefined = loadLinuxAddon(),
  ) {
    this.#windows = windows;
    this.#readMany = linux && readMany(linux);
    this.#writer = new ChunkWriter(settings, port);
    this.#owners = readOwners();
    this.#readSize = settings.readSize;
  }

  async run(task: LaneTask): Promise<ReadResult[]> {
    switch (task.kind) {
      case 'files':
        return await this.#readFiles(filesOf(task.files));
      case 'stripe':
        return [await this.#readStripe(task.file, task.index, task.last)];
      case 'chunks':
        return [await this.#storeChunks(task.bytes, task.ends, task.edited)];
      case 'attached':
        return [{ ...nothing, ...(await this.#attachedTo(task.path)) }];
    }
  }

  /** Ends the pack under way. */
  async finish(): Promise<void> {
    await this.#writer.finish();
  }

  async #readFiles(files: FileToRead[]): Promise<ReadResult[]> {
    const buffer = this.#buffers.take(files.reduce((sum, { size }) => sum + size, 0));
    const seen = this.#readMany?.(files, buffer) ?? [];
    let filled = 0;
    const read = files.map((file, i) => {
      const start = filled;
      filled += file.size;
      return this.#readWhole(file, buffer.subarray(start, filled), seen[i]);
    });
    const items = await this.#writer.write(read.flatMap((one) => one.chunks));
    this.#buffers.give(buffer);
    const results: ReadResult[] = [];
    let next = 0;
    for (const [i, { chunks, result }] of read.entries()) {
      const own = items.slice(next, next + chunks.length);
      next += chunks.length;
      if (result.kind === 'failed') results.push(result);
      else {
        const attached = this.#windows && (await this.#attachedTo((files[i] as FileToRead).path));
        results.push({
          ...result,
          ...encodeItems(own.length === 1 ? (own[0] as ListItem[]) : own.flat()),
          ...attached,
        });
      }
    }
    return results;
  }

  async #attachedTo(path: Uint8Array): Promise<AttachedResult | undefined> {
    const windows = this.#windows;
    if (!windows) return undefined;
    const parts = { windows, writer: this.#writer, buffers: this.#buffers, readSize: this.#readSize };
    return await readAttached(path, parts);
  }

  /**
   * A file that changed while it was read is read once more, then kept as it came, and marked.
   * @param seen what it was when it was read into `space`, if it was
   */
  #readWhole(file: FileToRead, space: Buffer, seen?: SystemStat): { chunks: CutChunk[]; result: ReadResult } {
    // A directory, or an empty file: read for what is attached to it.
    if (file.size === 0) return { chunks: [], result: nothing };
    if (seen && !this.#otherStat(seen, file.stat)) return this.#wasRead(file, space, undefined, false);
    const source = attempt(() => openShared(nativeOf(file.path), this.#readSize));
    if ('failed' in source) return { chunks: [], result: source.failed };
    try {
      const first = this.#readOnce(source.value, space, file.stat);
      if (first.stat === undefined) return this.#wasRead(file, first.bytes, undefined, false);
      const room = Buffer.allocUnsafeSlow(Math.min(sizeOf(first.stat), MOST_GROWN));
      const second = this.#readOnce(source.value, room, first.stat);
      return this.#wasRead(file, second.bytes, second.stat ?? first.stat, second.stat !== undefined);
    } catch (error) {
      return { chunks: [], result: failureOf(error) };
    } finally {
      source.value.close();
    }
  }

  #wasRead(file: FileToRead, bytes: Uint8Array, stat: Uint8Array | undefined, changed: boolean) {
    const chunks = this.#writer.cut(bytes, file.edited);
    const result: ReadResult = {
      ...nothing,
      bytes: bytes.length,
      // Some give less than they say, and one that grew beyond all measure is not read to its end.
      changed: changed || bytes.length !== sizeOf(stat ?? file.stat),
      ...(stat && { stat }),
    };
    return { chunks, result };
  }

  /** The bytes, and the stat afterwards if that shows another file than `expected`. */
  #readOnce(
    source: SourceFile,
    room: Buffer,
    expected: Uint8Array,
  ): { bytes: Uint8Array; stat?: Uint8Array } {
    const length = source.read(room, 0);
    const stat = this.#otherStat(systemStat(source.stats()), expected);
    return { bytes: room.subarray(0, length), ...(stat && { stat }) };
  }

  /** What was seen after reading, encoded, if it is another file than `expected`. */
  #otherStat(seen: SystemStat, expected: Uint8Array): Uint8Array | undefined {
    const now = statOf('file', seen, this.#owners);
    this.#scratch.length = 0;
    encodeStat(this.#scratch, now);
    const encoded = this.#scratch.bytes();
    if (Buffer.compare(encoded, expected) === 0) return undefined;
    const before = decodeStat(expected);
    if (sameFile(before, now)) return undefined;
    this.#scratch.length = 0;
    encodeStat(this.#scratch, withWindowsFields(now, before));
    return this.#scratch.take();
  }

  async #readStripe(file: FileToRead, index: number, last: boolean): Promise<ReadResult> {
    const source = attempt(() => openShared(nativeOf(file.path), this.#readSize));
    if ('failed' in source) return source.failed;
    const window = this.#buffers.take(windowBytes(this.#writer.sizes));
    try {
      return await this.#readOpenStripe(source.value, window, file, index, last);
    } finally {
      this.#buffers.give(window);
      source.value.close();
    }
  }

  async #readOpenStripe(
    source: SourceFile,
    window: Buffer,
    file: FileToRead,
    index: number,
    last: boolean,
  ): Promise<ReadResult> {
    const bounds = attempt(() => [
      this.#boundary(source, window, index),
      last ? file.size : this.#boundary(source, window, index + 1),
    ]);
    if ('failed' in bounds) return bounds.failed;
    const [start = 0, end = 0] = bounds.value;
    const stored = await storeRange(source, { start, end, edited: file.edited }, this.#writer, window);
    if ('failed' in stored) return stored.failed;
    const stat = attempt(() => this.#otherStat(systemStat(source.stats()), file.stat));
    if ('failed' in stat) return stat.failed;
    const { value } = stat;
    return {
      kind: 'read',
      ...encodeItems(stored.items),
      bytes: stored.bytes,
      changed: value !== undefined || stored.bytes !== end - start,
      ...(value && { stat: value }),
    };
  }

  /** Where stripe `index` begins. @param memory to read into */
  #boundary(source: SourceFile, memory: Buffer, index: number): number {
    if (index === 0) return 0;
    const { gear, sizes } = this.#writer;
    const from = index * STRIPE_BYTES - WINDOW_BYTES;
    const length = source.read(memory.subarray(0, WINDOW_BYTES + sizes.max), from);
    if (length <= WINDOW_BYTES) return from + length;
    return index * STRIPE_BYTES + stripeBoundary(memory.subarray(0, length), gear, sizes);
  }

  async #storeChunks(bytes: Uint8Array, ends: number[], edited: boolean): Promise<ReadResult> {
    const chunks = ends.map((end, i) => ({ bytes: bytes.subarray(ends[i - 1] ?? 0, end), edited }));
    const items = (await this.#writer.write(chunks)).flat();
    return { kind: 'read', ...encodeItems(items), bytes: bytes.length, changed: false };
  }
}

/** What was read where there is nothing to read. */
const nothing: ReadResult & { kind: 'read' } = {
  kind: 'read',
  items: new Uint8Array(0),
  count: 0,
  bytes: 0,
  changed: false,
};
