import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { release } from '../flow/release.ts';
import {
  type ChunkPlace,
  compareIds,
  decodeTable,
  encodeTable,
  findRow,
  type PackRow,
  placeAt,
  ROW_BYTES,
  type Table,
} from '../pack/table.ts';
import { damagedLocally } from './frame-file.ts';
import { IdFilter } from './id-filter.ts';

/*
 * A table in a local file, looked up page by page: an index of any size costs a bounded amount of memory. Every page carries a
 * checksum, because a row that is wrong here would make a push rely on a chunk that is not there.
 *
 *   head: "BMCT", u32 length of the table without rows, u32 number of rows, u32 CRC-32 of that table, the table,
 *   pages of 1,260 rows, each followed by its CRC-32, then for each page the first four bytes of its first id (u32, big-endian)
 */

/** Where a chunk lies, wherever the answer came from. */
export interface FoundChunk {
  pack: PackRow;
  place: ChunkPlace;
}

const MAGIC = 0x54434d42;
const HEAD_BYTES = 16;
const ROWS_A_PAGE = 1260;
const PAGE_BYTES = ROWS_A_PAGE * ROW_BYTES;
const PAGE_SPAN = PAGE_BYTES + 4;
/** Pages kept decoded, all table files together: 32 MiB. */
const CACHED_PAGES = 512;

/** Writes a table to a new file. */
export async function writeTableFile(path: string, table: Table): Promise<void> {
  const head = encodeTable({ ...table, rows: new Uint8Array(0) });
  const file = await open(path, 'w', 0o600);
  try {
    const count = table.rows.length / ROW_BYTES;
    await file.write(u32s(MAGIC, head.length, count, crc32(head)));
    await file.write(head);
    const prefixes = Buffer.alloc(Math.ceil(count / ROWS_A_PAGE) * 4);
    for (let page = 0; page * PAGE_BYTES < table.rows.length; page++) {
      const rows = table.rows.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
      prefixes.set(rows.subarray(0, 4), page * 4);
      await file.write(rows);
      await file.write(u32s(crc32(rows)));
    }
    await file.write(prefixes);
  } finally {
    await file.close();
  }
}

function u32s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32LE(value, i * 4);
  });
  return bytes;
}

/** A page in memory. */
interface Page {
  rows: Uint8Array;
  /** Looked at since the cache last looked for one to give up. */
  used: boolean;
  number: number;
  /** Those of its file, by number: an array's place is found faster than a text can be made of file and number. */
  pages: (Page | undefined)[];
}

/** Pages of all table files, those that were not used for long in front. */
const cache = new Set<Page>();

/** Makes room: the first page that was not used since it came here last goes. */
function giveOneUp(): void {
  for (const page of cache) {
    cache.delete(page);
    if (!page.used) {
      page.pages[page.number] = undefined;
      release(page.rows); // at once: no view of it leaves this file
      return;
    }
    page.used = false;
    cache.add(page);
  }
}

/** A table file, open for look-ups. Synchronous: a page is a few microseconds away, and look-ups come by the million. */
export class TableFile {
  readonly path: string;
  readonly packs: PackRow[];
  readonly refined: Uint8Array;
  readonly count: number;
  readonly #descriptor: number;
  readonly #pagesStart: number;
  readonly #prefixes: Uint32Array;
  readonly #pages: (Page | undefined)[];
  /** Made once it is worth it. */
  #filter: IdFilter | undefined;
  #pagesRead = 0;

  /** @throws `damaged` when the file is not what `writeTableFile` wrote: delete it and fetch the index again */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
    const head = this.#read(0, HEAD_BYTES);
    const tableLength = head.readUInt32LE(4);
    this.count = head.readUInt32LE(8);
    const bytes = this.#read(HEAD_BYTES, tableLength);
    if (head.readUInt32LE(0) !== MAGIC || crc32(bytes) !== head.readUInt32LE(12)) {
      throw damagedLocally(path);
    }
    const table = decodeTable(bytes, path);
    this.packs = table.packs;
    this.refined = table.refined;
    this.#pagesStart = HEAD_BYTES + tableLength;
    this.#prefixes = this.#readPrefixes();
    this.#pages = Array.from({ length: this.#prefixes.length });
  }

  /**
   * Where a chunk lies, or undefined. A chunk may lie in several packs: a prune condemns one, a push stores it anew in another.
   * @param counts false for packs whose rows count for nothing
   */
  find(id: Uint8Array, counts: (pack: PackRow) => boolean = () => true): FoundChunk | undefined {
    if (this.#filter?.mayHave(id) === false) return undefined;
    const prefix = Buffer.from(id.buffer, id.byteOffset, 4).readUInt32BE(0);
    // Rows of one id, and ids of one prefix, may begin on the page before the first that starts with the prefix.
    for (let page = Math.max(0, this.#firstFrom(prefix) - 1); page < this.#prefixes.length; page++) {
      if ((this.#prefixes[page] as number) > prefix) return undefined;
      const found = this.#findOn(this.#page(page), id, counts);
      if (found) return found;
    }
    return undefined;
  }

  #findOn(rows: Uint8Array, id: Uint8Array, counts: (pack: PackRow) => boolean): FoundChunk | undefined {
    const first = findRow(rows, id);
    if (first === -1) return undefined;
    for (let at = first; at < rows.length && compareIds(rows, at, id, 0) === 0; at += ROW_BYTES) {
      const place = placeAt(rows, at);
      const pack = this.packs[place.pack] as PackRow;
      if (counts(pack)) return { pack, place };
    }
    return undefined;
  }

  isRefined(id: Uint8Array): boolean {
    return findRow(this.refined, id, 32) !== -1;
  }

  /** Reads everything once: damage shows now, when the file can still be made again. @throws `damaged` */
  check(): void {
    for (let page = 0; page < this.#prefixes.length; page++) release(this.#readPage(page));
  }

  /** The whole table in memory. */
  load(): Table {
    const rows = new Uint8Array(this.count * ROW_BYTES);
    for (let page = 0; page < this.#prefixes.length; page++)
      rows.set(this.#readPage(page), page * PAGE_BYTES);
    return { packs: this.packs, rows, refined: this.refined, superseded: [] };
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#filter?.close();
    this.#filter = undefined;
    for (const page of this.#pages) if (page) cache.delete(page);
    this.#pages.fill(undefined);
  }

  /** The first page that starts with `prefix` or more. */
  #firstFrom(prefix: number): number {
    let low = 0;
    let high = this.#prefixes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#prefixes[middle] as number) < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #page(number: number): Uint8Array {
    const cached = this.#pages[number];
    if (cached) {
      cached.used = true;
      return cached.rows;
    }
    if (cache.size >= CACHED_PAGES) giveOneUp();
    const page = { rows: this.#readPage(number), used: true, number, pages: this.#pages };
    this.#pages[number] = page;
    cache.add(page);
    if (++this.#pagesRead === this.#prefixes.length) this.#makeFilter();
    return page.rows;
  }

  /**
   * Who has read as many pages as there are looks for much that is not here, as a push of new files does: reading all of them once
   * more makes that stop.
   */
  #makeFilter(): void {
    const filter = IdFilter.for(this.count);
    if (!filter) return;
    for (let page = 0; page < this.#prefixes.length; page++) {
      const rows = this.#readPage(page);
      for (let at = 0; at < rows.length; at += ROW_BYTES) filter.add(rows, at);
      release(rows);
    }
    this.#filter = filter;
  }

  #readPage(page: number): Uint8Array {
    const length = Math.min(PAGE_BYTES, this.count * ROW_BYTES - page * PAGE_BYTES);
    const bytes = this.#read(this.#pagesStart + page * PAGE_SPAN, length + 4);
    const rows = bytes.subarray(0, length);
    if (crc32(rows) !== bytes.readUInt32LE(length)) throw damagedLocally(this.path);
    return rows;
  }

  #readPrefixes(): Uint32Array {
    const pages = Math.ceil(this.count / ROWS_A_PAGE);
    const bytes = this.#read(this.#pagesStart + this.count * ROW_BYTES + pages * 4, pages * 4);
    return Uint32Array.from({ length: pages }, (_, page) => bytes.readUInt32BE(page * 4));
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const got = readSync(this.#descriptor, bytes, done, length - done, position + done);
      if (got === 0) throw damagedLocally(this.path);
      done += got;
    }
    return bytes;
  }
}
