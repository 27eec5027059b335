import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ROW_BYTES } from '../pack/row.ts';
import { encodePack, PACK_BYTES, type PackRow, type Table } from '../pack/table.ts';
import { PAGE_BYTES, PAGE_ROOM, recordsAPage } from './record-pages.ts';

/*
 * A table as a local file (the index of a repository on this machine, a cache), written in one go, whatever its size:
 *
 *   a page for the head:  "BMT2", u32 packs, u32 rows, u32 refined ids, u32 length of the tail, u32 CRC-32 of these 20 bytes
 *   pages of packs, pages of rows (record-pages.ts)
 *   the tail:             for each page of rows the first four bytes of its first id (u32, big-endian), the refined ids, u32 CRC-32
 */

export const TABLE_MAGIC = 0x32544d42;
export const HEAD_BYTES = 24;
/** Pages written at once. */
const RUN = 256;

/** What is written: packs, sorted rows and sorted ids of 32 bytes, as in `Table`. */
export interface TableParts {
  packs: Iterable<PackRow>;
  /** Whole rows, as many at a time as there are; each is looked at once. */
  rows: Iterable<Uint8Array>;
  refined: Uint8Array;
}

/** Writes a table to a new file. @returns how many rows it has */
export async function writeTableFile(path: string, parts: TableParts): Promise<number> {
  const file = await open(path, 'w', 0o600);
  try {
    const packs = new PageWriter(file, PAGE_BYTES, PACK_BYTES);
    for (const pack of parts.packs) {
      packs.add(encodePack(pack), 0);
      if (packs.isFull) await packs.flush();
    }
    const rows = new PageWriter(file, await packs.end(), ROW_BYTES);
    for (const some of parts.rows)
      for (let at = 0; at < some.length; ) {
        at += rows.add(some, at);
        if (rows.isFull) await rows.flush();
      }
    const end = await rows.end();
    const tail = Buffer.concat([rows.prefixes(), parts.refined]);
    await file.write(tail, 0, tail.length, end);
    await file.write(u32s(crc32(tail)), 0, 4, end + tail.length);
    const head = u32s(TABLE_MAGIC, packs.count, rows.count, parts.refined.length / 32, tail.length);
    await file.write(Buffer.concat([head, u32s(crc32(head))]), 0, HEAD_BYTES, 0);
    return rows.count;
  } finally {
    await file.close();
  }
}

/** The parts of a table in memory. */
export function partsOf({ packs, rows, refined }: Table): TableParts {
  return { packs, rows: [rows], refined };
}

function u32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value, i * 4);
  });
  return bytes;
}

/** Records as pages, from a position of a file on. */
class PageWriter {
  count = 0;
  readonly #file: FileHandle;
  readonly #recordBytes: number;
  readonly #aPage: number;
  readonly #run = Buffer.alloc(RUN * PAGE_BYTES);
  /** Of the page under way, in the run. */
  #page = 0;
  #position: number;
  /** Numbers: a Buffer for each of a million pages would take 100 MB. */
  readonly #prefixes: number[] = [];

  constructor(file: FileHandle, position: number, recordBytes: number) {
    this.#file = file;
    this.#position = position;
    this.#recordBytes = recordBytes;
    this.#aPage = recordsAPage(recordBytes);
  }

  /** Takes records from `at` on, as far as there is room on the page. @returns how many bytes */
  add(records: Uint8Array, at: number): number {
    const place = this.count % this.#aPage;
    if (place === 0)
      this.#prefixes.push(Buffer.from(records.buffer, records.byteOffset + at, 4).readUInt32BE(0));
    const some = records.subarray(at, at + (this.#aPage - place) * this.#recordBytes);
    this.#run.set(some, this.#page + place * this.#recordBytes);
    this.count += some.length / this.#recordBytes;
    if (this.count % this.#aPage === 0) this.#endPage();
    return some.length;
  }

  /** True when `flush` must follow: no promise for each record. */
  get isFull(): boolean {
    return this.#page === this.#run.length;
  }

  async flush(): Promise<void> {
    await this.#file.write(this.#run, 0, this.#page, this.#position);
    this.#position += this.#page;
    this.#page = 0;
    this.#run.fill(0);
  }

  /** @returns where the last page ends */
  async end(): Promise<number> {
    if (this.count % this.#aPage !== 0) this.#endPage();
    await this.flush();
    return this.#position;
  }

  /** The first four bytes of each page. */
  prefixes(): Buffer {
    const bytes = Buffer.alloc(this.#prefixes.length * 4);
    this.#prefixes.forEach((prefix, i) => {
      bytes.writeUInt32BE(prefix, i * 4);
    });
    return bytes;
  }

  #endPage(): void {
    const sum = crc32(this.#run.subarray(this.#page, this.#page + PAGE_ROOM));
    this.#run.writeUInt32LE(sum, this.#page + PAGE_ROOM);
    this.#page += PAGE_BYTES;
  }
}
