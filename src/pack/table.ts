import { damaged, Reader, Writer } from '../model/wire.ts';

/*
 * Tables (docs/format.md, section 6): which pack, block and bytes hold a chunk. The same encoding is the directory of a pack, an
 * index object, and the local cache of the index. Rows are 52 bytes each and stay bytes: there are too many for objects.
 */

export const ROW_BYTES = 52;
const PACK_BYTES = 137;
export const BLOCK_ALIGNMENT = 4096;
/** The length of an object's header; blocks count from here. */
export const PACK_HEADER_BYTES = 88;
/** The decoded length of a block is at most this. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

export type PackKind = 'data' | 'meta';

/** What a reader needs to know of a pack before it reads from it. */
export interface PackRow {
  id: Uint8Array;
  domain: Uint8Array;
  kind: PackKind;
  /** Bytes of the object; 0 in the pack's own directory. */
  size: number;
  /** SHA-256 of the object; zeros where it is not known. */
  hash: Uint8Array;
  /** The ephemeral public key of its header. */
  ephemeral: Uint8Array;
  commitment: Uint8Array;
}

/** Where a chunk's bytes lie. */
export interface ChunkPlace {
  /** Position in the table's packs. */
  pack: number;
  /** The block's offset in its pack after the header, in units of 4,096 bytes: also the counter of its nonce. */
  block: number;
  /** Sealed length of the block in units of 4,096 bytes. */
  blockLength: number;
  /** Of the chunk in the decoded block, in bytes. */
  offset: number;
  /** Of the chunk, in bytes. */
  length: number;
}

export interface Table {
  packs: PackRow[];
  /** Rows of 52 bytes, ascending. */
  rows: Uint8Array;
  /** Coarse chunk ids of 32 bytes, ascending. */
  refined: Uint8Array;
  /** Ids of index objects that this one replaces. */
  superseded: Uint8Array[];
}

export const emptyTable: Table = {
  packs: [],
  rows: new Uint8Array(0),
  refined: new Uint8Array(0),
  superseded: [],
};

export function encodeTable(table: Table): Uint8Array {
  const capacity = table.packs.length * PACK_BYTES + table.rows.length + table.refined.length + 64;
  const writer = new Writer(capacity).u8(1).varint(table.packs.length);
  for (const pack of table.packs) writePack(writer, pack);
  writer.varint(table.rows.length / ROW_BYTES).raw(table.rows);
  writer.varint(table.refined.length / 32).raw(table.refined);
  writer.varint(table.superseded.length);
  for (const id of table.superseded) writer.raw(id);
  return writer.take();
}

function writePack(writer: Writer, pack: PackRow): void {
  writer.raw(pack.id).raw(pack.domain);
  writer.u8(pack.kind === 'data' ? 1 : 2);
  writer.u64(pack.size).raw(pack.hash).raw(pack.ephemeral).raw(pack.commitment);
}

/** Reads a table and checks it: its order, and that every row names bytes that can be. @throws `damaged` */
export function decodeTable(bytes: Uint8Array, what: string): Table {
  const reader = new Reader(bytes, what);
  if (reader.u8() !== 1) throw reader.damage('its table version is unknown');
  const packs: PackRow[] = [];
  for (let left = reader.varint(); left > 0; left--) packs.push(readPack(reader));
  const rows = reader.raw(reader.varint() * ROW_BYTES);
  const refined = reader.raw(reader.varint() * 32);
  const superseded: Uint8Array[] = [];
  for (let left = reader.varint(); left > 0; left--) superseded.push(reader.raw(16));
  reader.end();
  checkRows(rows, packs, what);
  checkIds(refined, what);
  return { packs, rows, refined, superseded };
}

function readPack(reader: Reader): PackRow {
  const id = reader.raw(16);
  const domain = reader.raw(16);
  const kind = reader.u8();
  if (kind !== 1 && kind !== 2) throw reader.damage('the kind of a pack is unknown');
  const size = Number(reader.u64());
  if (!Number.isSafeInteger(size)) throw reader.damage('a pack is too long');
  return {
    id,
    domain,
    kind: kind === 1 ? 'data' : 'meta',
    size,
    hash: reader.raw(32),
    ephemeral: reader.raw(32),
    commitment: reader.raw(32),
  };
}

function checkRows(rows: Uint8Array, packs: PackRow[], what: string): void {
  const view = viewOf(rows);
  const units = packs.map(({ size }) =>
    size === 0 ? Infinity : (size - PACK_HEADER_BYTES) / BLOCK_ALIGNMENT,
  );
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const end = units[view.getUint32(at + 32, true)];
    if (end === undefined) throw damaged(what, 'a row names a pack that is not there');
    const blockLength = view.getUint32(at + 40, true);
    if (blockLength === 0 || view.getUint32(at + 36, true) + blockLength > end)
      throw damaged(what, 'a row names a block outside of its pack');
    const length = view.getUint32(at + 48, true);
    if (length === 0 || view.getUint32(at + 44, true) + length > MAX_BLOCK_BYTES)
      throw damaged(what, 'a row names bytes outside of a block');
    if (at > 0 && compareRows(rows, at - ROW_BYTES, at) > 0) throw damaged(what, 'its rows are out of order');
  }
}

function checkIds(ids: Uint8Array, what: string): void {
  for (let at = 32; at < ids.length; at += 32)
    if (compareIds(ids, at - 32, ids, at) >= 0) throw damaged(what, 'its refined chunks are out of order');
}

/** Compares the 32-byte ids at two positions. */
export function compareIds(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let i = 0; i < 32; i++) {
    const difference = (a[atA + i] as number) - (b[atB + i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Writes a row at a position of `rows`. */
export function writeRow(rows: Uint8Array, at: number, id: Uint8Array, place: ChunkPlace): void {
  rows.set(id, at);
  const view = viewOf(rows);
  view.setUint32(at + 32, place.pack, true);
  view.setUint32(at + 36, place.block, true);
  view.setUint32(at + 40, place.blockLength, true);
  view.setUint32(at + 44, place.offset, true);
  view.setUint32(at + 48, place.length, true);
}

export function placeAt(rows: Uint8Array, at: number): ChunkPlace {
  return {
    pack: u32At(rows, at + 32),
    block: u32At(rows, at + 36),
    blockLength: u32At(rows, at + 40),
    offset: u32At(rows, at + 44),
    length: u32At(rows, at + 48),
  };
}

/** Without a DataView, which would have to be made for each row. */
function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

/** Sorts rows by id, then pack, block and offset. */
export function sortRows(rows: Uint8Array): Uint8Array {
  return sortRecords(rows, ROW_BYTES, (a, b) => compareRows(rows, a, b));
}

function compareRows(rows: Uint8Array, a: number, b: number): number {
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
    sorted.set(records.subarray(from, from + size), i * size);
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

/** One table from several: their packs one after the other, rows merged, repetitions of both joined. */
export function mergeTables(tables: Table[]): Table {
  const packs: PackRow[] = [];
  const numbers = new Map<string, number>();
  const parts = tables.map((table) => renumber(table, packs, numbers));
  const rows = dropRepetitions(sortRows(concat(parts)), ROW_BYTES);
  const refined = sortIds(concat(tables.map((table) => table.refined)));
  return { packs, rows, refined, superseded: tables.flatMap((table) => table.superseded) };
}

function renumber(table: Table, packs: PackRow[], numbers: Map<string, number>): Uint8Array {
  const mapped = table.packs.map((pack) => {
    const key = Buffer.from(pack.id).toString('latin1');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, packs.length);
    return packs.push(pack) - 1;
  });
  const rows = new Uint8Array(table.rows);
  const view = viewOf(rows);
  for (let at = 32; at < rows.length; at += ROW_BYTES) {
    view.setUint32(at, mapped[view.getUint32(at, true)] as number, true);
  }
  return rows;
}

export function concat(parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
