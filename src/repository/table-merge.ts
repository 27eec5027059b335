import { compareIds, uniqueRows } from '../pack/order.ts';
import { PackNumbers } from '../pack/pack-numbers.ts';
import { ROW_BYTES, renumberRows } from '../pack/row.ts';
import { Rows } from '../pack/rows.ts';
import type { PackRow } from '../pack/table.ts';
import type { TableFile } from './table-file.ts';
import type { TableParts } from './table-writer.ts';

const AT_ONCE = 4096;
/** Read at once, of all files together: 8 MiB. A machine that reads a large index anew merges hundreds. */
const PAGES = 2048;
const MOST_PAGES = 64;

/** One table from several files, read as streams: their packs one after the other, rows merged, repetitions of both joined. */
export function mergedParts(files: TableFile[], refined: Uint8Array): TableParts {
  const numbers = numbersOf(files);
  return { packs: packsOf(files, numbers), rows: rowsOf(files, numbers), refined };
}

/** For each file, the numbers that its packs have in the merged table. */
function numbersOf(files: TableFile[]): number[][] {
  const numbers = new PackNumbers();
  return files.map((file) => Array.from(file.packs(), ({ id }) => numbers.of(id)));
}

function* packsOf(files: TableFile[], numbers: number[][]): Generator<PackRow> {
  let next = 0;
  for (const [i, file] of files.entries()) {
    let own = 0;
    for (const pack of file.packs()) {
      if (numbers[i]?.[own++] !== next) continue; // another file has it, too
      next++;
      yield pack;
    }
  }
}

/** Rows of whole ids, a few thousand at a time: views that are true until the next. */
function* rowsOf(files: TableFile[], numbers: number[][]): Generator<Uint8Array> {
  const cursors: Cursor[] = [];
  const pages = Math.max(1, Math.min(MOST_PAGES, Math.floor(PAGES / files.length)));
  for (const [i, file] of files.entries()) insert(cursors, new Cursor(file.rows(pages), numbers[i] ?? []));
  const id = new Uint8Array(32);
  const batch = new Rows();
  for (let first = cursors[0]; first; first = cursors[0]) {
    id.set(first.rows.subarray(first.at, first.at + 32));
    const before = batch.count;
    for (; first?.isAt(id); first = cursors[0]) {
      while (first.isAt(id)) first.moveTo(batch);
      cursors.shift();
      insert(cursors, first);
    }
    if (batch.count > before + 1) batch.append(uniqueRows(batch.cut(before)));
    if (batch.count >= AT_ONCE) {
      yield batch.bytes;
      batch.cut(0);
    }
  }
  yield batch.bytes;
}

/** Keeps the one with the least id in front: a machine that reads a large index anew merges a hundred files at once. */
function insert(cursors: Cursor[], cursor: Cursor): void {
  if (cursor.isDone) return;
  let low = 0;
  let high = cursors.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = cursors[middle] as Cursor;
    if (compareIds(other.rows, other.at, cursor.rows, cursor.at) < 0) low = middle + 1;
    else high = middle;
  }
  cursors.splice(low, 0, cursor);
}

/** Where the merge is in one file: rows have the merged table's numbers of packs. */
class Cursor {
  rows: Uint8Array = new Uint8Array(0);
  at = 0;
  readonly #pages: Generator<Uint8Array>;
  readonly #numbers: number[];

  constructor(pages: Generator<Uint8Array>, numbers: number[]) {
    this.#pages = pages;
    this.#numbers = numbers;
    this.#nextPage();
  }

  get isDone(): boolean {
    return this.at >= this.rows.length;
  }

  isAt(id: Uint8Array): boolean {
    return !this.isDone && compareIds(this.rows, this.at, id, 0) === 0;
  }

  /** Appends the row here, and goes on to the next. */
  moveTo(batch: Rows): void {
    batch.append(this.rows.subarray(this.at, this.at + ROW_BYTES));
    this.at += ROW_BYTES;
    if (this.isDone) this.#nextPage();
  }

  #nextPage(): void {
    const next = this.#pages.next();
    this.rows = next.done ? new Uint8Array(0) : next.value;
    renumberRows(this.rows, this.#numbers);
    this.at = 0;
  }
}
