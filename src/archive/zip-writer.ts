import { isUtf8 } from 'node:buffer';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { crc32, createDeflateRaw, deflateRaw } from 'node:zlib';
import { Semaphore } from '../flow/semaphore.ts';
import { isUnreadable, type Member, unreadable } from './member.ts';
import type { Sink } from './sink.ts';
import type { ArchiveWriter, PackedData } from './writer.ts';
import {
  dataDescriptor,
  directoryRecord,
  endRecords,
  FULL,
  localHeader,
  type ZipEntry,
} from './zip-record.ts';

const deflate = promisify(deflateRaw);
/** Each compressor takes a quarter of a megabyte: no more of them than can run. */
const compressing = new Semaphore(availableParallelism() + 1);
/** Deflating makes what it cannot shorten longer by less than this share. */
const GROWTH = 1.001;
const DIRECTORY_PIECE = 1024 * 1024;
const LONGEST_NAME = 0xffff;

export class ZipWriter implements ArchiveWriter {
  readonly hardLinks = false;
  readonly #sink: Sink;
  readonly #level: number;
  #offset = 0;
  /** The directory as it will be written: of all that a zip needs to hold until its end, the least. */
  readonly #directory: Buffer[] = [];
  #last: Buffer[] = [];
  #lastBytes = 0;
  #count = 0;

  /** @param level 0 … 9; 0: data are stored as they are */
  constructor(sink: Sink, level: number) {
    this.#sink = sink;
    this.#level = level;
  }

  refusalOf({ path, stat }: Member): string | undefined {
    if (stat.type !== 'file' && stat.type !== 'directory' && stat.type !== 'symlink')
      return `a ${stat.type === 'fifo' || stat.type === 'socket' ? stat.type : 'device'} has no place in a zip`;
    if (!isUtf8(path)) return 'its name is not UTF-8, which a zip cannot hold; a tar can';
    return path.length >= LONGEST_NAME ? 'its name is too long for a zip' : undefined;
  }

  async pack(pieces: Uint8Array[]): Promise<PackedData> {
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    const facts = { size: bytes.length, crc: crc32(bytes) };
    if (this.#level > 0 && bytes.length > 0) {
      const options = { level: this.#level, ...roomFor(bytes.length) };
      const deflated = await compressing.run(() => deflate(bytes, options));
      if (deflated.length < bytes.length) return { ...facts, pieces: [deflated], deflated: true };
    }
    return { ...facts, pieces: [bytes], deflated: false };
  }

  async add(member: Member): Promise<void> {
    const target = member.stat.type === 'symlink' ? [member.stat.target as Uint8Array] : [];
    const bytes = Buffer.concat(target);
    await this.addFile(member, { pieces: target, size: bytes.length, crc: crc32(bytes), deflated: false });
  }

  async addFile(member: Member, { pieces, size, crc, deflated }: PackedData): Promise<void> {
    const packedSize = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const large = size >= FULL || packedSize >= FULL;
    const entry = { ...this.#entryOf(member), size, packedSize, crc, deflated, large };
    await this.#write(localHeader(entry));
    for (const piece of pieces) await this.#write(piece);
    this.#list(entry);
  }

  async addStream(member: Member, data: AsyncIterable<Uint8Array>): Promise<void> {
    const mark = await this.#sink.mark();
    const begun = this.#offset;
    const large = member.stat.size * GROWTH >= FULL;
    const entry: ZipEntry = { ...this.#entryOf(member), deflated: this.#level > 0, followed: true, large };
    try {
      await this.#write(localHeader(entry));
      await this.#copy(entry, data, member.stat.size);
      await this.#write(dataDescriptor(entry));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      // What the directory does not name is not there; where it can be, it is taken back, too.
      if (mark !== undefined) {
        await this.#sink.rewind(mark);
        this.#offset = begun;
      }
      throw error;
    }
    this.#list(entry);
  }

  async finish(): Promise<void> {
    const offset = this.#offset;
    for (const piece of [...this.#directory, ...this.#last]) await this.#write(piece);
    await this.#write(endRecords(this.#count, { offset, size: this.#offset - offset }));
    await this.#sink.end();
  }

  #entryOf({ path, stat }: Member): ZipEntry {
    const name = stat.type === 'directory' ? Buffer.concat([path, Buffer.from('/')]) : path;
    const nothing = { deflated: false, crc: 0, size: 0, packedSize: 0, followed: false, large: false };
    return { name, stat, offset: this.#offset, ...nothing };
  }

  async #copy(entry: ZipEntry, data: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    const begun = this.#offset;
    const checked = checkedAs(entry, data, size);
    for await (const piece of entry.deflated ? this.#deflated(checked) : checked) await this.#write(piece);
    entry.packedSize = this.#offset - begun;
  }

  async *#deflated(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const compressor = createDeflateRaw({ level: this.#level });
    const fed = feed(compressor, data);
    fed.catch((error: Error) => compressor.destroy(error));
    try {
      yield* compressor as AsyncIterable<Uint8Array>;
    } finally {
      compressor.destroy();
    }
    await fed;
  }

  #list(entry: ZipEntry): void {
    const record = directoryRecord(entry);
    this.#last.push(record);
    this.#lastBytes += record.length;
    this.#count++;
    if (this.#lastBytes < DIRECTORY_PIECE) return;
    this.#directory.push(Buffer.concat(this.#last));
    this.#last = [];
    this.#lastBytes = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#sink.write(bytes);
    this.#offset += bytes.length;
  }
}

/** A window longer than the data is memory that is cleared for nothing: most files are small. */
function roomFor(length: number): { windowBits: number; memLevel: number; chunkSize: number } {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(length)) + 1));
  return {
    windowBits,
    memLevel: Math.min(8, windowBits - 6),
    chunkSize: Math.max(1024, Math.min(length, 2 ** 16)),
  };
}

/** Notes checksum and length as data pass. @throws `source-unreadable` when they are not as long as was said */
async function* checkedAs(
  entry: ZipEntry,
  data: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  for await (const piece of data) {
    entry.crc = crc32(piece, entry.crc);
    entry.size += piece.length;
    yield piece;
  }
  if (entry.size !== size) throw unreadable('its data have another length than it says', 'EIO');
}

async function feed(
  compressor: ReturnType<typeof createDeflateRaw>,
  data: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const piece of data) {
    if (compressor.destroyed) return;
    await new Promise<void>((resolve, reject) => {
      compressor.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
  compressor.end();
}
