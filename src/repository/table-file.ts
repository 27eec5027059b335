import { closeSync, openSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { compareIds, findRow } from '../pack/order.ts';
import { type ChunkPlace, placeAt, ROW_BYTES } from '../pack/row.ts';
import { decodePack, PACK_BYTES, type PackRow } from '../pack/table.ts';
import { damagedLocally } from './frame-file.ts';
import { IdFilter } from './id-filter.ts';
import { PAGE_BYTES, type PageCache, pagesFor, RecordPages, readFully } from './record-pages.ts';
import { HEAD_BYTES, TABLE_MAGIC } from './table-writer.ts';

/** Where a chunk lies, wherever the answer came from. */
export interface FoundChunk {
  pack: PackRow;
  place: ChunkPlace;
}

/** Packs kept decoded, of each file: chunks that are looked up one after the other lie in the same few. */
const KEPT_PACKS = 256;
/** Of all: a page alone takes four times as long as one of all in turn. */
const MANY_PAGES = 0.25;

/**
 * A table file (table-writer.ts), open for look-ups: an index of any size costs a bounded amount of memory. Every part of it carries
 * a checksum, because a row that is wrong here would make a push rely on a chunk that is not there.
 */
export class TableFile {
  readonly path: string;
  readonly refined: Uint8Array;
  readonly #descriptor: number;
  readonly #packs: RecordPages;
  readonly #rows: RecordPages;
  /** The first four bytes of each page of rows. */
  readonly #prefixes: Uint32Array;
  readonly #kept = new Map<number, PackRow>();
  /** Made once it is worth it. */
  #filter: IdFilter | undefined;

  /**
   * @param cache for its pages; default: one that all files share
   * @throws `damaged` when the file is not what `writeTableFile` wrote: delete it and fetch the index again
   */
  constructor(path: string, cache?: PageCache) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
    try {
      const head = this.#readHead();
      const at = { descriptor: this.#descriptor, path };
      const packs = { ...at, start: PAGE_BYTES, count: head.packs, recordBytes: PACK_BYTES };
      const rowsStart = PAGE_BYTES * (1 + pagesFor(packs));
      const rows = { ...at, start: rowsStart, count: head.rows, recordBytes: ROW_BYTES };
      this.#packs = new RecordPages(packs, cache);
      this.#rows = new RecordPages(rows, cache);
      const tail = this.#readSummed(rowsStart + PAGE_BYTES * this.#rows.pageCount, head.tail);
      if (tail.length !== this.#rows.pageCount * 4 + head.refined * 32) throw damagedLocally(path);
      this.#prefixes = Uint32Array.from({ length: this.#rows.pageCount }, (_, i) => tail.readUInt32BE(i * 4));
      this.refined = tail.subarray(this.#rows.pageCount * 4);
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  /** How many rows. */
  get count(): number {
    return this.#rows.count;
  }

  /**
   * Where a chunk lies, or undefined. A chunk may lie in several packs: a prune condemns one, a push stores it anew in another.
   * @param counts false for rows that count for nothing
   * @throws `damaged`
   */
  find(
    id: Uint8Array,
    counts: (pack: PackRow, place: ChunkPlace) => boolean = () => true,
  ): FoundChunk | undefined {
    if (this.#filter?.mayHave(id) === false) return undefined;
    const prefix = Buffer.from(id.buffer, id.byteOffset, 4).readUInt32BE(0);
    // Rows of one id, and ids of one prefix, may begin on the page before the first that starts with the prefix.
    for (let page = Math.max(0, this.#firstFrom(prefix) - 1); page < this.#prefixes.length; page++) {
      if ((this.#prefixes[page] as number) > prefix) return undefined;
      for (const place of this.#placesOn(page, id)) {
        const pack = this.pack(place.pack);
        if (counts(pack, place)) return { pack, place };
      }
    }
    return undefined;
  }

  isRefined(id: Uint8Array): boolean {
    return findRow(this.refined, id, 32) !== -1;
  }

  /** All packs, read anew. */
  *packs(): Generator<PackRow> {
    for (const records of this.#packs.all())
      for (let at = 0; at < records.length; at += PACK_BYTES)
        yield decodePack(records.slice(at, at + PACK_BYTES), this.path);
  }

  /** How many. */
  get packCount(): number {
    return this.#packs.count;
  }

  /** The pack that rows give this number. @throws `damaged` */
  pack(number: number): PackRow {
    const known = this.#kept.get(number);
    if (known) return known;
    if (number >= this.#packs.count) throw damagedLocally(this.path);
    const pack = decodePack(this.#packs.record(number).slice(), this.path);
    if (this.#kept.size === KEPT_PACKS) this.#kept.delete(this.#kept.keys().next().value as number);
    this.#kept.set(number, pack);
    return pack;
  }

  /** All rows, a page at a time: see `RecordPages.all`. */
  rows(pagesAtOnce?: number): Generator<Uint8Array> {
    return this.#rows.all(pagesAtOnce);
  }

  /** Reads everything once: damage shows now, when the file can still be made again. @throws `damaged` */
  check(): void {
    for (const _ of this.#packs.all());
    for (const _ of this.#rows.all());
  }

  close(): void {
    closeSync(this.#descriptor);
    this.#filter?.close();
    this.#filter = undefined;
    this.#packs.close();
    this.#rows.close();
  }

  #placesOn(number: number, id: Uint8Array): ChunkPlace[] {
    const rows = this.#page(number);
    const places: ChunkPlace[] = [];
    const first = findRow(rows, id);
    if (first === -1) return places;
    for (let at = first; at < rows.length && compareIds(rows, at, id, 0) === 0; at += ROW_BYTES)
      places.push(placeAt(rows, at));
    return places;
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

  /** Who has read many pages looks for much that is not here, as a push of new files does: reading all of them once makes that stop. */
  #page(number: number): Uint8Array {
    const many = Math.ceil(this.#rows.pageCount * MANY_PAGES);
    if (!this.#filter && this.#rows.pagesRead === many) this.#filter = this.#makeFilter();
    return this.#rows.page(number);
  }

  #makeFilter(): IdFilter | undefined {
    const filter = IdFilter.for(this.count);
    if (!filter) return undefined;
    for (const rows of this.#rows.all())
      for (let at = 0; at < rows.length; at += ROW_BYTES) filter.add(rows, at);
    return filter;
  }

  #readHead(): { packs: number; rows: number; refined: number; tail: number } {
    const head = readFully(this.#descriptor, this.path, Buffer.alloc(HEAD_BYTES), 0);
    const number = (place: number) => head.readUInt32LE(place * 4);
    if (number(0) !== TABLE_MAGIC || crc32(head.subarray(0, HEAD_BYTES - 4)) !== number(5))
      throw damagedLocally(this.path);
    return { packs: number(1), rows: number(2), refined: number(3), tail: number(4) };
  }

  /** Bytes that a CRC-32 follows. */
  #readSummed(position: number, length: number): Buffer {
    const bytes = readFully(this.#descriptor, this.path, Buffer.allocUnsafeSlow(length + 4), position);
    const summed = bytes.subarray(0, length);
    if (crc32(summed) !== bytes.readUInt32LE(length)) throw damagedLocally(this.path);
    return summed;
  }
}
