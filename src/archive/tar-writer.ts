import { BmcloudError } from '../errors.ts';
import { displayPath } from '../model/path.ts';
import { isUnreadable, type Member, unreadable } from './member.ts';
import type { Sink } from './sink.ts';
import { BLOCK, paddingOf, tarHeader } from './tar-header.ts';
import type { ArchiveWriter, PackedData } from './writer.ts';

/** Readers take in records of so many bytes. */
const RECORD = 20 * BLOCK;

export class TarWriter implements ArchiveWriter {
  readonly hardLinks = true;
  readonly #sink: Sink;
  #length = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  refusalOf({ stat }: Member): string | undefined {
    return stat.type === 'socket' ? 'a socket has no place in an archive' : undefined;
  }

  async pack(pieces: Uint8Array[]): Promise<PackedData> {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return { pieces, size, crc: 0, deflated: false };
  }

  async add(member: Member): Promise<void> {
    await this.#write(tarHeader(member));
  }

  async addFile(member: Member, { pieces, size }: PackedData): Promise<void> {
    await this.#write(tarHeader({ ...member, stat: { ...member.stat, size } }));
    for (const piece of pieces) await this.#write(piece);
    await this.#write(paddingOf(size));
  }

  async addStream(member: Member, data: AsyncIterable<Uint8Array>): Promise<void> {
    const mark = await this.#sink.mark();
    const length = this.#length;
    try {
      await this.#write(tarHeader(member));
      await this.#copy(data, member.stat.size);
      await this.#write(paddingOf(member.stat.size));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      // The header has said how long the file is: what comes next would be taken for the rest of it.
      if (mark === undefined) throw cutShort(member, error);
      await this.#sink.rewind(mark);
      this.#length = length;
      throw error;
    }
  }

  async finish(): Promise<void> {
    await this.#write(new Uint8Array(2 * BLOCK));
    await this.#write(new Uint8Array((RECORD - (this.#length % RECORD)) % RECORD));
    await this.#sink.end();
  }

  async #copy(data: AsyncIterable<Uint8Array>, size: number): Promise<void> {
    let left = size;
    for await (const piece of data) {
      left -= piece.length;
      if (left < 0) break;
      await this.#write(piece);
    }
    if (left !== 0) throw unreadable('its data have another length than it says', 'EIO');
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.#sink.write(bytes);
    this.#length += bytes.length;
  }
}

function cutShort({ path }: Member, cause: BmcloudError): BmcloudError {
  const message = `The archive is cut short: "${displayPath(path)}" cannot be read to its end: ${cause.message}`;
  return new BmcloudError('damaged', message, {
    hint: 'Write to a file, or a zip: both can go on without it',
    cause,
  });
}
