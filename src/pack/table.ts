import { u32At } from '../model/u32.ts';
import { damaged, Reader, Writer } from '../model/wire.ts';
import { compareIds, compareRows, sortIds, uniqueRows } from './order.ts';
import { PackNumbers } from './pack-numbers.ts';
import { ROW_BYTES, renumberRows } from './row.ts';

/*
 * Tables (docs/format.md, section 6): which pack, block and bytes hold a chunk. The same encoding is the directory of a pack, an
 * index object, and the local cache of the index. Rows are 52 bytes each and stay bytes: there are too many for objects.
 */

/** A pack in a table. */
export const PACK_BYTES = 137;
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
  return writer.bytes();
}

/** A pack as in a table: `PACK_BYTES`. */
export function encodePack(pack: PackRow): Uint8Array {
  const writer = new Writer(PACK_BYTES);
  writePack(writer, pack);
  return writer.bytes();
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

/** @param bytes become the pack's. @throws `damaged` */
export function decodePack(bytes: Uint8Array, what: string): PackRow {
  return readPack(new Reader(bytes, what));
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
  const units = packs.map(({ size }) =>
    size === 0 ? Infinity : (size - PACK_HEADER_BYTES) / BLOCK_ALIGNMENT,
  );
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const end = units[u32At(rows, at + 32)];
    if (end === undefined) throw damaged(what, 'a row names a pack that is not there');
    const blockLength = u32At(rows, at + 40);
    if (blockLength === 0 || u32At(rows, at + 36) + blockLength > end)
      throw damaged(what, 'a row names a block outside of its pack');
    const length = u32At(rows, at + 48);
    if (length === 0 || u32At(rows, at + 44) + length > MAX_BLOCK_BYTES)
      throw damaged(what, 'a row names bytes outside of a block');
    if (at > 0 && compareRows(rows, at - ROW_BYTES, at) > 0) throw damaged(what, 'its rows are out of order');
  }
}

function checkIds(ids: Uint8Array, what: string): void {
  for (let at = 32; at < ids.length; at += 32)
    if (compareIds(ids, at - 32, ids, at) >= 0) throw damaged(what, 'its refined chunks are out of order');
}

/** One table from several: their packs one after the other, rows merged, repetitions of both joined. */
export function mergeTables(tables: Table[]): Table {
  const packs: PackRow[] = [];
  const numbers = new PackNumbers();
  const parts = tables.map((table) => renumber(table, packs, numbers));
  const rows = uniqueRows(concat(parts));
  const refined = sortIds(concat(tables.map((table) => table.refined)));
  return { packs, rows, refined, superseded: tables.flatMap((table) => table.superseded) };
}

function renumber(table: Table, packs: PackRow[], numbers: PackNumbers): Uint8Array {
  const mapped = table.packs.map((pack) => {
    const number = numbers.of(pack.id);
    if (number === packs.length) packs.push(pack);
    return number;
  });
  const rows = new Uint8Array(table.rows);
  renumberRows(rows, mapped);
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
