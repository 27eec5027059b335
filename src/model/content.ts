import { decodeList, encodeList, type List } from './list.ts';
import {
  damaged,
  type Field,
  Reader,
  readFields,
  refuseRepetitions,
  unknownField,
  Writer,
  writeField,
  writeVarintField,
} from './wire.ts';

/*
 * What a push made of a path: where its bytes lie, and what belongs to them (docs/format.md, section 7).
 */

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
