import { placeAt, ROW_BYTES } from './row.ts';

/*
 * The order of rows and ids in tables (docs/format.md, section 6).
 */

/** Compares the 32-byte ids at two positions. */
export function compareIds(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let i = 0; i < 32; i++) {
    const difference = (a[atA + i] as number) - (b[atB + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Sorts rows by id, then pack, block and offset. */
export function sortRows(rows: Uint8Array): Uint8Array {
  return sortRecords(rows, ROW_BYTES, (a, b) => compareRows(rows, a, b));
}

/** Rows in their order, each once. */
export function uniqueRows(rows: Uint8Array): Uint8Array {
  return dropRepetitions(sortRows(rows), ROW_BYTES);
}

/** Compares the rows at two positions by id, then pack, block and offset. */
export function compareRows(rows: Uint8Array, a: number, b: number): number {
  return compareIds(rows, a, rows, b) || comparePlaces(rows, a, b);
}

function comparePlaces(rows: Uint8Array, a: number, b: number): number {
  const [left, right] = [placeAt(rows, a), placeAt(rows, b)];
  return left.pack - right.pack || left.block - right.block || left.offset - right.offset;
}

/** Sorts ids of 32 bytes and drops repetitions. */
export function sortIds(ids: Uint8Array): Uint8Array {
  const sorted = sortRecords(ids, 32, (a, b) => compareIds(ids, a, ids, b));
  return dropRepetitions(sorted, 32);
}

/** Sorted records of `size` bytes, each once; in place. */
function dropRepetitions(sorted: Uint8Array, size: number): Uint8Array {
  let kept = 0;
  for (let at = 0; at < sorted.length; at += size) {
    if (kept > 0 && compareRecords(sorted, at, kept - size, size) === 0) continue;
    if (kept !== at) sorted.copyWithin(kept, at, at + size);
    kept += size;
  }
  return sorted.subarray(0, kept);
}

function compareRecords(records: Uint8Array, a: number, b: number, size: number): number {
  const left = Buffer.from(records.buffer, records.byteOffset + a, size);
  return Buffer.compare(left, records.subarray(b, b + size));
}

function sortRecords(
  records: Uint8Array,
  size: number,
  compare: (a: number, b: number) => number,
): Uint8Array {
  // Positions fit a double as well as a u32 for any table that fits memory; a typed array sorts without boxing.
  const order = new Float64Array(records.length / size);
  for (let i = 0; i < order.length; i++) order[i] = i * size;
  order.sort(compare);
  const sorted = new Uint8Array(records.length);
  for (let i = 0; i < order.length; i++) {
    const from = order[i] as number;
    const to = i * size;
    for (let k = 0; k < size; k++) sorted[to + k] = records[from + k] as number;
  }
  return sorted;
}

/** The position of the first row of `id` in sorted rows, or −1. */
export function findRow(rows: Uint8Array, id: Uint8Array, size = ROW_BYTES): number {
  let low = 0;
  let high = rows.length / size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(rows, middle * size, id, 0) < 0) low = middle + 1;
    else high = middle;
  }
  const at = low * size;
  return at < rows.length && compareIds(rows, at, id, 0) === 0 ? at : -1;
}
