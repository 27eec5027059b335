import { Semaphore } from '../flow/semaphore.ts';
import { toHex } from '../model/ids.ts';
import { sortIds, sortRows } from '../pack/order.ts';
import { PackNumbers } from '../pack/pack-numbers.ts';
import { placeAt, ROW_BYTES, renumberRows } from '../pack/row.ts';
import { Rows } from '../pack/rows.ts';
import { concat, type PackRow, type Table } from '../pack/table.ts';
import { type Condemned, nothingCondemned } from './condemned.ts';
import { IdMap } from './id-map.ts';
import type { FoundChunk, TableFile } from './table-file.ts';

/** The mark of a chunk whose pack is under way, for the first push; one less for each that follows. */
const PENDING = 0xffff_fffe;
const MOST_PUSHES = 256;

/** What is to be done with a chunk that was just cut. */
export type Verdict = 'known' | 'known-refined' | 'store' | 'refine';

/** A push that stores chunks. */
export interface StoringPush {
  /**
   * Decides what happens to a chunk; `store` makes it the asker's to store.
   * @param refinable its file had a previous version and it is long enough to be worth cutting finer
   * @param divisible it is long enough to be cut finer
   */
  decide: (id: Uint8Array, refinable: boolean, divisible: boolean) => Verdict;
  /** The push is over: what it was to store, and did not, nobody may count on. */
  end: () => void;
}

/**
 * Which chunks the repository has: those of the index, in table files, and those of this push, in memory until an index object
 * tells of them. The one place that decides whether a chunk is stored, so that no two lanes store the same.
 */
export class KnownChunks {
  #files: TableFile[];
  #condemned: Condemned;
  /** Chunks of pushes of this process: the mark of the push while their pack is under way, else their row. */
  readonly #mine = new IdMap();
  #pushes = 0;
  readonly #rows = new Rows();
  #packs: PackRow[] = [];
  #packNumbers = new PackNumbers();
  #refined = new IdMap();
  /** For who stores an index object: from `waitingTable` to `settle` it is one at a time, or rows were dropped that no object has. */
  readonly indexing = new Semaphore(1);

  constructor(files: TableFile[], condemned = nothingCondemned) {
    this.#files = files;
    this.#condemned = condemned;
  }

  /** Where to read a chunk: also from a pack that is condemned, while that is there. */
  find(id: Uint8Array): FoundChunk | undefined {
    const found = this.#findSafe(id);
    if (found || this.#condemned.packs.size === 0) return found;
    return firstOf(this.#files, (file) => file.find(id));
  }

  /** True if the chunk is stored, and a snapshot may rely on that. @throws `damaged`, `newer-format` where that cannot be told */
  has(id: Uint8Array): boolean {
    this.#refuseDoubt();
    return this.#findSafe(id) !== undefined;
  }

  #findSafe(id: Uint8Array): FoundChunk | undefined {
    const row = this.#mine.get(id);
    if (row !== undefined && !isPending(row)) return this.#ownRow(row);
    return firstOf(this.#files, (file) => file.find(id, (pack) => !this.#isGone(pack)));
  }

  #isGone({ id }: PackRow): boolean {
    const { packs } = this.#condemned;
    return packs.size > 0 && packs.has(toHex(id));
  }

  #refuseDoubt(): void {
    const [first] = this.#condemned.unreadable;
    if (first) throw first.error;
  }

  /**
   * Begins a push. It counts on what it stores itself, but not on what another has under way: that may fail.
   * @throws as `has`
   */
  begin(): StoringPush {
    this.#refuseDoubt();
    const mark = PENDING - (this.#pushes++ % MOST_PUSHES);
    return {
      decide: (id, refinable, divisible) => this.#decide(id, refinable, divisible, mark),
      end: () => this.#mine.renumber((row) => (row === mark ? undefined : row)),
    };
  }

  #decide(id: Uint8Array, refinable: boolean, divisible: boolean, mark: number): Verdict {
    if (this.#mine.get(id) === mark || this.has(id)) return this.isRefined(id) ? 'known-refined' : 'known';
    if (refinable || (divisible && this.isRefined(id))) return 'refine';
    this.#mine.set(id, mark);
    return 'store';
  }

  isRefined(id: Uint8Array): boolean {
    return this.#refined.get(id) !== undefined || this.#files.some((file) => file.isRefined(id));
  }

  /** Notes that the parts of a chunk have rows. */
  noteRefined(id: Uint8Array): void {
    this.#refined.set(id, 1);
  }

  /** Rows for the parts of a chunk that is stored whole, so that an edit of it finds the unchanged ones. */
  addParts(whole: Uint8Array, ids: Uint8Array, lengths: Uint32Array): void {
    const found = this.#findSafe(whole);
    if (!found || this.isRefined(whole)) return;
    this.noteRefined(whole);
    const pack = this.#numberOf(found.pack);
    let { offset } = found.place;
    lengths.forEach((length, i) => {
      const id = ids.subarray(i * 32, i * 32 + 32);
      this.#mine.set(id, this.#rows.count);
      this.#rows.add(id, { ...found.place, pack, offset, length });
      offset += length;
    });
  }

  /** Takes in the rows of packs that are stored now. */
  addStored(table: Table): void {
    const numbers = table.packs.map((pack) => this.#numberOf(pack));
    const first = this.#rows.count;
    this.#rows.append(table.rows);
    const rows = this.#rows.bytes.subarray(first * ROW_BYTES);
    renumberRows(rows, numbers);
    for (let at = 0; at < rows.length; at += ROW_BYTES) this.#mine.set(rows, first + at / ROW_BYTES, at);
    for (let at = 0; at < table.refined.length; at += 32)
      this.noteRefined(table.refined.subarray(at, at + 32));
  }

  /** Those packs that neither the index nor this push names. */
  unknownPacks<P extends { id: Uint8Array }>(packs: P[]): P[] {
    const unknown = new Map(packs.map((pack) => [toHex(pack.id), pack]));
    for (const { id } of this.#packs) unknown.delete(toHex(id));
    for (const file of this.#files) for (const { id } of file.packs()) unknown.delete(toHex(id));
    return [...unknown.values()];
  }

  /** True for packs that must not be relied on. @throws as `has` */
  isCondemned(pack: PackRow): boolean {
    this.#refuseDoubt();
    return this.#isGone(pack);
  }

  /** Open table files: every look-up of a new chunk asks all of them. */
  get fileCount(): number {
    return this.#files.length;
  }

  /** How many rows wait for an index object. */
  get waiting(): number {
    return this.#rows.count;
  }

  /** The table of all that waits. It stays known: hand its file to `settle` once the index object is stored. */
  waitingTable(): Table {
    const refined = concat([...this.#refined.entries()].map(([id]) => id));
    return {
      packs: [...this.#packs],
      rows: sortRows(this.#rows.bytes),
      refined: sortIds(refined),
      superseded: [],
    };
  }

  /**
   * Replaces what waited by the table file that now holds it.
   * @param table from `waitingTable`; what came after it goes on waiting
   */
  settle(file: TableFile, table: Table): void {
    this.#files = [...this.#files, file];
    const settled = table.rows.length / ROW_BYTES;
    this.#mine.renumber((row) => {
      if (isPending(row)) return row;
      return row >= settled ? row - settled : undefined;
    });
    this.#rows.drop(settled);
    if (this.#rows.count === 0) {
      this.#packs = [];
      this.#packNumbers = new PackNumbers();
    }
    const refined = new IdMap();
    for (const [id] of this.#refined.entries()) if (!file.isRefined(id)) refined.set(id, 1);
    this.#refined = refined;
  }

  /** Takes a newer reading of the index; what this push stored stays known. */
  replace(files: TableFile[], condemned: Condemned): void {
    this.close();
    this.#files = files;
    this.#condemned = condemned;
  }

  close(): void {
    for (const file of this.#files) file.close();
    this.#files = [];
  }

  #ownRow(row: number): FoundChunk {
    const place = placeAt(this.#rows.bytes, row * ROW_BYTES);
    return { pack: this.#packs[place.pack] as PackRow, place };
  }

  #numberOf(pack: PackRow): number {
    const number = this.#packNumbers.of(pack.id);
    if (number === this.#packs.length) this.#packs.push(pack);
    return number;
  }
}

function firstOf(
  files: TableFile[],
  find: (file: TableFile) => FoundChunk | undefined,
): FoundChunk | undefined {
  for (const file of files) {
    const found = find(file);
    if (found) return found;
  }
  return undefined;
}

function isPending(row: number): boolean {
  return row > PENDING - MOST_PUSHES;
}
