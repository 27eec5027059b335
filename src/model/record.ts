import { BmcloudError } from '../errors.ts';
import { damaged, Reader, varintLength, type Writer } from './wire.ts';

/*
 * Records (docs/format.md, section 2): fields of tag, length and value, with a critical bit.
 */

/** A field of a record. */
export interface Field {
  number: number;
  critical: boolean;
  value: Uint8Array;
}

/** Writes a field that holds one varint. */
export function writeVarintField(writer: Writer, number: number, critical: boolean, value: number): void {
  writer
    .varint(number * 2 + (critical ? 1 : 0))
    .varint(varintLength(value))
    .varint(value);
}

/** Writes fields in the order given, which must be ascending by number. */
export function writeField(writer: Writer, number: number, critical: boolean, value: Uint8Array): void {
  writer.varint(number * 2 + (critical ? 1 : 0)).prefixed(value);
}

/** Reads a record to the end of `bytes`: its fields in order. */
export function readFields(bytes: Uint8Array, what: string): Field[] {
  const reader = new Reader(bytes, what);
  const fields: Field[] = [];
  let last = 0;
  while (reader.remaining > 0) {
    const key = reader.varint();
    const number = Math.floor(key / 2);
    if (number < last) throw reader.damage('fields are out of order');
    last = number;
    fields.push({ number, critical: key % 2 === 1, value: reader.prefixed() });
  }
  return fields;
}

/** Refuses a record in which a field stands twice that `stands` says stands once. @throws `damaged` */
export function refuseRepetitions(fields: Field[], stands: (number: number) => boolean, what: string): void {
  for (let i = 1; i < fields.length; i++) {
    const { number } = fields[i] as Field;
    if (number === fields[i - 1]?.number && stands(number))
      throw damaged(what, `its field ${number} stands twice`);
  }
}

/** The error for a critical field that this program does not know. */
export function unknownField(what: string, number: number): BmcloudError {
  return new BmcloudError('newer-format', `${what} has a field ${number} that this version cannot read`, {
    hint: 'Use a newer bmcloud',
  });
}
