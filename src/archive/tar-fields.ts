import type { EntryType } from '../model/entry.ts';
import type { Timestamp } from '../model/wire.ts';
import { damagedArchive } from './member.ts';
import { BLOCK, checksumOf } from './tar-header.ts';

/*
 * Fields of tar headers as they are found: octal or binary numbers, texts that end in NUL, decimal times.
 */

/** One header block, read. */
export interface TarBlock {
  type: string;
  name: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  link: Uint8Array;
  user: string;
  group: string;
  device: number;
}

/** @throws `damaged` for what is no header */
export function readBlock(block: Uint8Array): TarBlock {
  const bytes = Buffer.from(block.buffer, block.byteOffset, BLOCK);
  if (numberIn(bytes, 148, 8) !== checksumOf(bytes)) throw damagedArchive('a header has a wrong checksum');
  const magic = bytes.toString('latin1', 257, 263);
  const isUstar = magic === 'ustar\0' || magic === 'ustar ';
  const prefix = magic === 'ustar\0' ? textIn(bytes, 345, 155) : NOTHING;
  const name = textIn(bytes, 0, 100);
  return {
    type: bytes.toString('latin1', 156, 157),
    name: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name,
    mode: numberIn(bytes, 100, 8) & 0o7777,
    uid: numberIn(bytes, 108, 8),
    gid: numberIn(bytes, 116, 8),
    size: numberIn(bytes, 124, 12),
    mtime: numberIn(bytes, 136, 12),
    link: textIn(bytes, 157, 100),
    user: isUstar ? textIn(bytes, 265, 32).toString() : '',
    group: isUstar ? textIn(bytes, 297, 32).toString() : '',
    device: isUstar ? numberIn(bytes, 329, 8) * 2 ** 20 + numberIn(bytes, 337, 8) : 0,
  };
}

const NOTHING = Buffer.alloc(0);

/** What a type flag stands for; undefined for what has no place on a disk. */
export function typeOfFlag(flag: string): EntryType | 'hard-link' | undefined {
  return types[flag];
}

const types: Record<string, EntryType | 'hard-link'> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hard-link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  // Of an incremental archive of GNU: its data name what lies in it.
  D: 'directory',
};

function textIn(bytes: Buffer, at: number, width: number): Buffer {
  const field = bytes.subarray(at, at + width);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits; or, with the first bit set, a binary number. */
function numberIn(bytes: Buffer, at: number, width: number): number {
  const field = bytes.subarray(at, at + width);
  if ((field[0] as number) & 0x80) return binaryIn(field);
  const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw damagedArchive('a header has a number that is none');
  return Number.parseInt(digits, 8);
}

function binaryIn(field: Buffer): number {
  const isNegative = ((field[0] as number) & 0x40) !== 0;
  let value = BigInt((field[0] as number) & 0x7f);
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  const number = Number(isNegative ? BigInt.asIntN(field.length * 8 - 1, value) : value);
  if (!Number.isSafeInteger(number)) throw damagedArchive('a header has a number that cannot be');
  return number;
}

/** The records of a pax header. @throws `damaged` */
export function paxRecords(bytes: Uint8Array): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length && buffer[at] !== 0; ) {
    const space = buffer.indexOf(0x20, at);
    const length = Number(buffer.toString('latin1', at, Math.max(at, space)));
    const end = at + length;
    const equals = buffer.indexOf(0x3d, space);
    const isWhole = Number.isInteger(length) && space > at && equals > space && equals < end;
    if (!isWhole || end > buffer.length || buffer[end - 1] !== 0x0a)
      throw damagedArchive('an extended header is broken');
    records.set(
      buffer.toString('latin1', space + 1, equals),
      Buffer.from(buffer.subarray(equals + 1, end - 1)),
    );
    at = end;
  }
  return records;
}

/** Seconds as a decimal fraction. @throws `damaged` */
export function timeFrom(text: string): Timestamp {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text);
  if (!match) throw damagedArchive('an extended header has a time that is none');
  const [, sign, whole, fraction = ''] = match;
  const nanos = Number(fraction.slice(0, 9).padEnd(9, '0'));
  const seconds = Number(whole);
  if (sign !== '-') return { seconds, nanos };
  return nanos === 0
    ? { seconds: 0 - seconds, nanos }
    : { seconds: -seconds - 1, nanos: 1_000_000_000 - nanos };
}
