import { damaged, Reader, Writer } from './wire.ts';

/*
 * Chunk lists: where the bytes of a stream lie (docs/format.md, section 7).
 */

/** A piece of a stream: bytes of a chunk, or a hole of zeros. */
export interface ListItem {
  /** Bytes. */
  length: number;
  /** Absent: a hole. */
  id?: Uint8Array;
}

/** Depth 0: the items are the stream. Depth d: the items are chunks that hold the list of depth d − 1. */
export interface List {
  depth: number;
  items: ListItem[];
}

const MAX_DEPTH = 4;
const MAX_CHUNK = 8 * 1024 * 1024;

export function encodeList(writer: Writer, list: List): void {
  writer.u8(list.depth);
  for (const item of list.items) encodeItem(writer, item);
}

export function encodeItem(writer: Writer, item: ListItem): void {
  if (item.id) writer.varint(item.length * 2).raw(item.id);
  else writer.varint(item.length * 2 + 1);
}

const scratch = new Writer(4096);

/** Items as they stand in a list; holes that meet become one. */
export function encodeItems(items: ListItem[]): { items: Uint8Array; count: number } {
  scratch.length = 0;
  let count = 0;
  let hole = 0;
  for (const item of items) {
    if (!item.id) {
      hole += item.length;
      continue;
    }
    if (hole > 0) encodeItem(scratch, { length: hole });
    if (hole > 0) count++;
    hole = 0;
    encodeItem(scratch, item);
    count++;
  }
  if (hole > 0) encodeItem(scratch, { length: hole });
  return { items: scratch.take(), count: hole > 0 ? count + 1 : count };
}

export function decodeList(bytes: Uint8Array): List {
  const depth = bytes[0];
  if (depth === undefined || depth > MAX_DEPTH) throw damaged('an entry', 'a chunk list is too deep');
  const items = decodeItems(bytes.subarray(1));
  if (depth > 0 && (items.length === 0 || items.some(({ id }) => !id)))
    throw damaged('an entry', 'its list of list chunks names none');
  return { depth, items };
}

/** The items in the bytes of a list, or of a list chunk. */
export function decodeItems(bytes: Uint8Array): ListItem[] {
  const reader = new Reader(bytes, 'a chunk list');
  const items: ListItem[] = [];
  while (reader.remaining > 0) {
    const key = reader.varint();
    const length = Math.floor(key / 2);
    if (length === 0) throw reader.damage('a chunk has no bytes');
    if (key % 2 === 0 && length > MAX_CHUNK) throw reader.damage('a chunk is too long');
    items.push(key % 2 === 1 ? { length } : { length, id: reader.raw(32) });
  }
  return items;
}
