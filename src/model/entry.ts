import { comparePaths } from './path.ts';
import {
  damaged,
  decodeText,
  type Field,
  Reader,
  readFields,
  refuseRepetitions,
  type Timestamp,
  unknownField,
  Writer,
  writeField,
} from './wire.ts';

/*
 * Entries (docs/format.md, section 7). An entry is three byte strings: its path, its stat (what the scan saw) and its content
 * (what the push made of it). Most of the program moves them about without decoding: equal stat bytes mean unchanged.
 */

export const entryTypes = ['file', 'directory', 'symlink', 'fifo', 'socket', 'character', 'block'] as const;
export type EntryType = (typeof entryTypes)[number];

/** An entry as bytes. The parts are views into a larger buffer: copy what must outlive it. */
export interface RawEntry {
  path: Uint8Array;
  stat: Uint8Array;
  content: Uint8Array;
}

/** What the scan saw of a path. */
export interface Stat {
  type: EntryType;
  /** Bytes; files only, else 0. */
  size: number;
  mtime: Timestamp;
  ctime: Timestamp;
  birthTime?: Timestamp;
  /** The 12 low bits: permissions, setuid, setgid, sticky. */
  mode: number;
  uid: number;
  gid: number;
  user?: string;
  group?: string;
  inode?: bigint;
  /** Present, with `links`, on files that have more than one name. */
  device?: bigint;
  links?: number;
  /** Devices only: major × 2^20 + minor. */
  deviceNumber?: number;
  /** Symbolic links only. */
  target?: Uint8Array;
}

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

/** Bits of `Content.marks`. */
export const marks = { racy: 1, changedWhileReading: 2, carriedOver: 4 } as const;

export interface Content {
  /** Files only. */
  list?: List;
  marks: number;
  tracked: boolean;
  deleted: boolean;
  /** Fields of newer writers, kept verbatim. */
  unknown: Field[];
}

export const noContent: Content = { marks: 0, tracked: true, deleted: false, unknown: [] };

export interface Entry {
  path: Uint8Array;
  /** Absent in deletions. */
  stat: Stat | undefined;
  content: Content;
}

/** Writes `stat` in its one canonical encoding. */
export function encodeStat(writer: Writer, stat: Stat): void {
  writer
    .varint(3)
    .varint(1)
    .u8(entryTypes.indexOf(stat.type) + 1);
  if (stat.type === 'file') writeVarintField(writer, 2, true, stat.size);
  writer.varint(7).varint(12).time(stat.mtime);
  writer.varint(9).varint(12).time(stat.ctime);
  if (stat.birthTime) writer.varint(10).varint(12).time(stat.birthTime);
  writeVarintField(writer, 6, true, stat.mode);
  writeVarintField(writer, 7, true, stat.uid);
  writeVarintField(writer, 8, true, stat.gid);
  if (stat.user !== undefined) writer.varint(18).text(stat.user);
  if (stat.group !== undefined) writer.varint(20).text(stat.group);
  if (stat.inode !== undefined) writer.varint(22).varint(8).u64(stat.inode);
  if (stat.links !== undefined && stat.device !== undefined) {
    writer.varint(24).varint(8).u64(stat.device);
    writeVarintField(writer, 13, false, stat.links);
  }
  if (stat.deviceNumber !== undefined) writeVarintField(writer, 14, true, stat.deviceNumber);
  if (stat.target !== undefined) writeField(writer, 15, true, stat.target);
}

function writeVarintField(writer: Writer, number: number, critical: boolean, value: number): void {
  writer
    .varint(number * 2 + (critical ? 1 : 0))
    .varint(varintLength(value))
    .varint(value);
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** @throws `damaged`, `newer-format` */
export function decodeStat(bytes: Uint8Array): Stat {
  const stat: Stat = {
    type: 'file',
    size: 0,
    mtime: { seconds: 0, nanos: 0 },
    ctime: { seconds: 0, nanos: 0 },
    mode: 0,
    uid: 0,
    gid: 0,
  };
  let found = 0;
  const fields = readFields(bytes, 'an entry');
  refuseRepetitions(fields, (number) => number <= LAST_STAT_FIELD, 'an entry');
  for (const field of fields) {
    readStatField(stat, field);
    if (field.number <= LAST_STAT_FIELD) found |= 1 << field.number;
  }
  checkStat(stat, found);
  return stat;
}

const LAST_STAT_FIELD = 15;
/** Fields 1, 3, 4, 6, 7 and 8. */
const ALWAYS = 0b1_1101_1010;
const MODE_BITS = 0o7777;

function checkStat(stat: Stat, found: number): void {
  if ((found & ALWAYS) !== ALWAYS) throw damaged('an entry', 'its stat is not whole');
  const isDevice = stat.type === 'character' || stat.type === 'block';
  const fits =
    (stat.type === 'file') === ((found & (1 << 2)) !== 0) &&
    (stat.type === 'symlink') === (stat.target !== undefined) &&
    isDevice === (stat.deviceNumber !== undefined);
  if (!fits) throw damaged('an entry', `its stat is not that of a ${stat.type}`);
  if (stat.mode > MODE_BITS) throw damaged('an entry', 'its mode has more than 12 bits');
}

function readStatField(stat: Stat, field: Field): void {
  const reader = new Reader(field.value, 'an entry');
  switch (field.number) {
    case 1:
      stat.type = typeAt(reader.u8());
      break;
    case 2:
      stat.size = reader.varint();
      break;
    case 3:
      stat.mtime = reader.time();
      break;
    case 4:
      stat.ctime = reader.time();
      break;
    case 5:
      stat.birthTime = reader.time();
      break;
    case 6:
      stat.mode = reader.varint();
      break;
    case 7:
      stat.uid = reader.varint();
      break;
    case 8:
      stat.gid = reader.varint();
      break;
    case 9:
      stat.user = decodeText(reader.rest(), 'an entry');
      break;
    case 10:
      stat.group = decodeText(reader.rest(), 'an entry');
      break;
    case 11:
      stat.inode = reader.u64();
      break;
    case 12:
      stat.device = reader.u64();
      break;
    case 13:
      stat.links = reader.varint();
      break;
    case 14:
      stat.deviceNumber = reader.varint();
      break;
    case 15:
      stat.target = reader.rest();
      break;
    default:
      if (field.critical) throw unknownField('an entry', field.number);
      return;
  }
  reader.end();
}

function typeAt(code: number): EntryType {
  const type = entryTypes[code - 1];
  if (!type) throw damaged('an entry', `its type ${code} is unknown`);
  return type;
}

export function encodeContent(writer: Writer, content: Content): void {
  const known = new Writer(64);
  if (content.list) {
    encodeList(known, content.list);
    writeField(writer, 32, true, known.take());
  }
  if (content.marks !== 0) writeVarintField(writer, 33, false, content.marks);
  if (!content.tracked) writer.varint(69).varint(1).u8(0);
  if (content.deleted) writer.varint(71).varint(0);
  for (const field of content.unknown) writeField(writer, field.number, field.critical, field.value);
}

/** @throws `damaged`, `newer-format` */
export function decodeContent(bytes: Uint8Array): Content {
  const content: Content = { marks: 0, tracked: true, deleted: false, unknown: [] };
  if (bytes.length === 0) return content;
  const fields = readFields(bytes, 'an entry');
  refuseRepetitions(fields, (number) => number >= 32 && number <= 35, 'an entry');
  for (const field of fields) {
    if (field.number === 32) content.list = decodeList(field.value);
    else if (field.number === 33) content.marks = readVarint(field.value);
    else if (field.number === 34) content.tracked = readUntracked(field.value);
    else if (field.number === 35) content.deleted = readNothing(field.value);
    else if (field.critical) throw unknownField('an entry', field.number);
    else content.unknown.push(field);
  }
  return content;
}

function readVarint(value: Uint8Array): number {
  const reader = new Reader(value, 'an entry');
  const number = reader.varint();
  reader.end();
  return number;
}

function readUntracked(value: Uint8Array): false {
  if (value.length !== 1 || value[0] !== 0)
    throw damaged('an entry', 'whether its history is kept is unclear');
  return false;
}

function readNothing(value: Uint8Array): true {
  if (value.length !== 0) throw damaged('an entry', 'its deletion says more than it can');
  return true;
}

const MARKS_KEY = 66;

/** The marks of an entry, without decoding it: asked of every entry in every push. */
export function marksOf(content: Uint8Array): number {
  let at = 0;
  while (at < content.length) {
    const key = content[at++] as number;
    let length = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = content[at++] ?? 0;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (key === MARKS_KEY) return content[at] ?? 0;
    if (key > MARKS_KEY) return 0;
    at += length;
  }
  return 0;
}

/** The same content with other marks. */
export function withMarks(content: Uint8Array, marks: number): Uint8Array {
  const writer = new Writer(content.length + 16);
  encodeContent(writer, { ...decodeContent(content), marks });
  return writer.take();
}

export function encodeList(writer: Writer, list: List): void {
  writer.u8(list.depth);
  for (const item of list.items) encodeItem(writer, item);
}

export function encodeItem(writer: Writer, item: ListItem): void {
  if (item.id) writer.varint(item.length * 2).raw(item.id);
  else writer.varint(item.length * 2 + 1);
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

/** Appends an entry to a run. */
export function writeEntry(writer: Writer, path: Uint8Array, stat: Uint8Array, content: Uint8Array): void {
  const length =
    varintLength(path.length) + path.length + varintLength(stat.length) + stat.length + content.length;
  writer.varint(length).prefixed(path).prefixed(stat).raw(content);
}

/** Reads the next entry of a run as views. */
export function readEntry(reader: Reader): RawEntry {
  const body = new Reader(reader.prefixed(), 'an entry');
  return { path: body.prefixed(), stat: body.prefixed(), content: body.rest() };
}

export function decodeEntry(raw: RawEntry): Entry {
  const stat = raw.stat.length === 0 ? undefined : decodeStat(raw.stat);
  return { path: raw.path, stat, content: decodeContent(raw.content) };
}

/** The entries of a run, one after the other, as views; checks the order. */
export function* entriesOf(run: Uint8Array): Generator<RawEntry> {
  const reader = new Reader(run, 'a run of entries');
  let last: Uint8Array | undefined;
  while (reader.remaining > 0) {
    const entry = readEntry(reader);
    if (last && comparePaths(last, entry.path) >= 0) throw reader.damage('entries are out of order');
    last = entry.path;
    yield entry;
  }
}
