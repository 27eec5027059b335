import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { damagedLocally } from './frame-file.ts';

/*
 * Records of one size in a local file, in pages of 4 KiB: as many as fit, zeros, and a CRC-32 of both. A page is what a look-up reads,
 * so a small one costs less: among ten million chunks, pages of 64 KiB took 800 µs for a chunk that is there, these take 20.
 */

export const PAGE_BYTES = 4096;
/** Of a page, before its CRC-32. */
export const PAGE_ROOM = PAGE_BYTES - 4;
/** Pages read at once where all of them are. */
const RUN = 64;

/** Where records lie. */
export interface Section {
  descriptor: number;
  /** Of the file, for messages. */
  path: string;
  /** Of the first page, in bytes. */
  start: number;
  count: number;
  recordBytes: number;
}

export function pagesFor({ count, recordBytes }: Pick<Section, 'count' | 'recordBytes'>): number {
  return Math.ceil(count / recordsAPage(recordBytes));
}

export function recordsAPage(recordBytes: number): number {
  return Math.floor(PAGE_ROOM / recordBytes);
}

/** A page in memory. */
interface Page {
  bytes: Buffer;
  /** Looked at since the cache last looked for one to give up. */
  used: boolean;
  number: number;
  /** Those of its section, by number: an array's place is found faster than a text can be made of section and number. */
  pages: (Page | undefined)[];
}

/** Pages that are kept in memory, of any sections. */
export class PageCache {
  readonly #most: number;
  /** Those that were not used for long in front. */
  readonly #pages = new Set<Page>();

  /** @param most pages */
  constructor(most: number) {
    this.#most = most;
  }

  add(page: Page): void {
    this.#pages.add(page);
  }

  delete(page: Page): void {
    this.#pages.delete(page);
  }

  /** The memory of the first page that was not used since it came here last. */
  memoryForOne(): Buffer {
    if (this.#pages.size < this.#most) return Buffer.allocUnsafeSlow(PAGE_BYTES);
    for (;;) {
      for (const page of this.#pages) {
        this.#pages.delete(page);
        if (!page.used) {
          page.pages[page.number] = undefined;
          return page.bytes;
        }
        page.used = false;
        this.#pages.add(page);
      }
    }
  }
}

/** Of all files together: 4 MiB. Ids come in no order, and the system keeps the file: more would spare little. */
const sharedCache = new PageCache(1024);

/** Records to look at one by one, or all in their order. Synchronous: a page is a few microseconds away, and look-ups come by the million. */
export class RecordPages {
  readonly count: number;
  readonly pageCount: number;
  readonly #section: Section;
  readonly #cache: PageCache;
  readonly #aPage: number;
  readonly #pages: (Page | undefined)[];
  #pagesRead = 0;

  constructor(section: Section, cache: PageCache = sharedCache) {
    this.#section = section;
    this.#cache = cache;
    this.count = section.count;
    this.pageCount = pagesFor(section);
    this.#aPage = recordsAPage(section.recordBytes);
    this.#pages = Array.from({ length: this.pageCount });
  }

  /** How often a page had to be read from the file for `page` or `record`. */
  get pagesRead(): number {
    return this.#pagesRead;
  }

  /** The records of a page: a view that is true until the next page is asked for. @throws `damaged` */
  page(number: number): Uint8Array {
    return viewOf(this.#cached(number), 0, this.#lengthOf(number));
  }

  /** A record: a view, as of `page`. @throws `damaged` */
  record(number: number): Uint8Array {
    const { recordBytes } = this.#section;
    const at = (number % this.#aPage) * recordBytes;
    return viewOf(this.#cached(Math.floor(number / this.#aPage)), at, recordBytes);
  }

  /**
   * All pages in turn, past the cache: views that are true until the next, and may be changed.
   * @param atOnce pages that are read together
   * @throws `damaged`
   */
  *all(atOnce = RUN): Generator<Uint8Array> {
    const run = Buffer.allocUnsafeSlow(Math.min(atOnce, this.pageCount) * PAGE_BYTES);
    for (let first = 0; first < this.pageCount; first += atOnce) {
      const here = Math.min(atOnce, this.pageCount - first);
      this.#read(run.subarray(0, here * PAGE_BYTES), first);
      for (let i = 0; i < here; i++) yield viewOf(run, i * PAGE_BYTES, this.#lengthOf(first + i));
    }
  }

  /** Lets go of what is kept in memory. */
  close(): void {
    for (const page of this.#pages) if (page) this.#cache.delete(page);
    this.#pages.fill(undefined);
  }

  /** In bytes, without zeros and CRC. */
  #lengthOf(number: number): number {
    return Math.min(this.#aPage, this.count - number * this.#aPage) * this.#section.recordBytes;
  }

  #cached(number: number): Buffer {
    const known = this.#pages[number];
    if (known) {
      known.used = true;
      return known.bytes;
    }
    const bytes = this.#cache.memoryForOne();
    this.#read(bytes, number);
    this.#pagesRead++;
    const page = { bytes, used: true, number, pages: this.#pages };
    this.#pages[number] = page;
    this.#cache.add(page);
    return bytes;
  }

  /** Fills `bytes` with whole pages from page `first` on. @throws `damaged` */
  #read(bytes: Buffer, first: number): void {
    const { descriptor, path, start } = this.#section;
    readFully(descriptor, path, bytes, start + first * PAGE_BYTES);
    for (let at = 0; at < bytes.length; at += PAGE_BYTES)
      if (crc32(bytes.subarray(at, at + PAGE_ROOM)) !== bytes.readUInt32LE(at + PAGE_ROOM))
        throw damagedLocally(path);
  }
}

/** Not a Buffer, whose `slice` is no copy. */
function viewOf(bytes: Buffer, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}

/** Fills `bytes` from a position of a file. @throws `damaged` when the file ends before */
export function readFully(descriptor: number, path: string, bytes: Buffer, position: number): Buffer {
  for (let done = 0; done < bytes.length; ) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, position + done);
    if (got === 0) throw damagedLocally(path);
    done += got;
  }
  return bytes;
}
