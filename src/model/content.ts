import { decodeList, encodeList, type List } from './list.ts';
import {
  type Field,
  readFields,
  refuseRepetitions,
  unknownField,
  writeField,
  writeVarintField,
} from './record.ts';
import { damaged, decodeText, Reader, Writer } from './wire.ts';

/*
 * What a push made of a path: where its bytes lie, and what belongs to them (docs/format.md, section 7).
 */

/** Bits of `Content.marks`. */
export const marks = { racy: 1, changedWhileReading: 2, carriedOver: 4 } as const;

export interface Content extends Attached {
  /** Files only. */
  list?: List;
  marks: number;
  tracked: boolean;
  deleted: boolean;
  /** Fields of newer writers, kept verbatim. */
  unknown: Field[];
}

/** A stream that a file or directory has beside its data (NTFS). */
export interface NamedStream {
  /** Without `:` and `:$DATA`. */
  name: string;
  list: List;
  /** Fields of newer writers, kept verbatim; absent: none. */
  unknown?: Field[];
}

/** What belongs to a file or directory beside its data. */
export interface Attached {
  /** In the order of their names as bytes; absent: none. */
  streams?: NamedStream[];
  /** Who may do what with it, in Windows' words (SDDL). */
  securityDescriptor?: string;
}

export const noContent: Content = { marks: 0, tracked: true, deleted: false, unknown: [] };

export function encodeContent(writer: Writer, content: Content): void {
  const scratch = new Writer(64);
  const { unknown } = content;
  const putUnknown = (from: number, to: number) => {
    for (const { number, critical, value } of unknown)
      if (number > from && number < to) writeField(writer, number, critical, value);
  };
  putUnknown(-1, 32);
  if (content.list) {
    encodeList(scratch, content.list);
    writeField(writer, 32, true, scratch.take());
  }
  if (content.marks !== 0) writeVarintField(writer, 33, false, content.marks);
  if (!content.tracked) writer.varint(69).varint(1).u8(0);
  if (content.deleted) writer.varint(71).varint(0);
  putUnknown(35, STREAM);
  encodeAttached(writer, content);
  putUnknown(DESCRIPTOR, Number.POSITIVE_INFINITY);
}

const STREAM = 40;
const DESCRIPTOR = 41;

/** Writes the fields of what is attached, which stand behind list and marks. */
export function encodeAttached(writer: Writer, { streams = [], securityDescriptor }: Attached): void {
  for (const stream of streams) writeField(writer, STREAM, false, streamBytes(stream));
  if (securityDescriptor !== undefined)
    writeField(writer, DESCRIPTOR, false, Buffer.from(securityDescriptor));
}

function streamBytes({ name, list, unknown = [] }: NamedStream): Uint8Array {
  const bytes = new Writer(64);
  encodeList(bytes, list);
  const record = new Writer(64);
  writeField(record, 1, true, Buffer.from(name));
  writeField(record, 2, true, bytes.bytes());
  for (const { number, critical, value } of unknown) writeField(record, number, critical, value);
  return record.take();
}

/** @throws `damaged`, `newer-format` */
export function decodeContent(bytes: Uint8Array): Content {
  const content: Content = { marks: 0, tracked: true, deleted: false, unknown: [] };
  if (bytes.length === 0) return content;
  const fields = readFields(bytes, 'an entry');
  refuseRepetitions(fields, (number) => (number >= 32 && number <= 35) || number === DESCRIPTOR, 'an entry');
  for (const field of fields) {
    if (field.number === 32) content.list = decodeList(field.value);
    else if (field.number === 33) content.marks = readVarint(field.value);
    else if (field.number === 34) content.tracked = readUntracked(field.value);
    else if (field.number === 35) content.deleted = readNothing(field.value);
    else if (field.number === STREAM) addStream(content, field.value);
    else if (field.number === DESCRIPTOR) content.securityDescriptor = decodeText(field.value, 'an entry');
    else if (field.critical) throw unknownField('an entry', field.number);
    else content.unknown.push(field);
  }
  return content;
}

function addStream(content: Content, bytes: Uint8Array): void {
  const stream = readStream(bytes);
  content.streams ??= [];
  const last = content.streams.at(-1);
  if (last && Buffer.compare(Buffer.from(last.name), Buffer.from(stream.name)) >= 0)
    throw damaged('an entry', 'its named streams are out of order');
  content.streams.push(stream);
}

function readStream(bytes: Uint8Array): NamedStream {
  const [name, list, ...unknown] = readFields(bytes, 'a named stream');
  if (name?.number !== 1 || name.value.length === 0 || list?.number !== 2)
    throw damaged('a named stream', 'it has no name or no data');
  for (const { number, critical } of unknown) {
    if (number <= 2) throw damaged('a named stream', `its field ${number} stands twice`);
    if (critical) throw unknownField('a named stream', number);
  }
  const stream = { name: decodeText(name.value, 'a named stream'), list: decodeList(list.value) };
  return unknown.length === 0 ? stream : { ...stream, unknown };
}

/** The chunk lists in a content: its data, and what is attached to them. */
export function listsOf({ list, streams = [] }: Content): List[] {
  const attached = streams.map((stream) => stream.list);
  return list ? [list, ...attached] : attached;
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
const UNTRACKED_KEY = 69;

/** The marks of an entry, without decoding it: asked of every entry in every push. */
export function marksOf(content: Uint8Array): number {
  const at = fieldAt(content, MARKS_KEY);
  return at === -1 ? 0 : (content[at] ?? 0);
}

/** Whether the history of an entry is kept, without decoding it. */
export function isTracked(content: Uint8Array): boolean {
  return content.length === 0 || fieldAt(content, UNTRACKED_KEY) === -1;
}

/** Where the value of a field begins, or −1. */
function fieldAt(content: Uint8Array, wanted: number): number {
  let at = 0;
  while (at < content.length) {
    const key = content[at++] as number;
    let length = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = content[at++] ?? 0;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (key === wanted) return at;
    if (key > wanted) return -1;
    at += length;
  }
  return -1;
}

/** The same content with other marks. */
export function withMarks(content: Uint8Array, marks: number): Uint8Array {
  const writer = new Writer(content.length + 16);
  encodeContent(writer, { ...decodeContent(content), marks });
  return writer.take();
}

/** The same content, of an entry whose history is kept or not. */
export function withTracked(content: Uint8Array, tracked: boolean): Uint8Array {
  if (isTracked(content) === tracked) return content;
  const writer = new Writer(content.length + 16);
  encodeContent(writer, { ...decodeContent(content), tracked });
  return writer.take();
}
