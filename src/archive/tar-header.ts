import { isUtf8 } from 'node:buffer';
import type { EntryType } from '../model/entry.ts';
import type { Timestamp } from '../model/wire.ts';
import type { Member } from './member.ts';

/*
 * Headers of tar members: ustar, and before it a pax header for whatever ustar has no room for (POSIX.1-2001, pax).
 */

export const BLOCK = 512;
const SLASH = 0x2f;
const LARGEST_OCTAL = 8 ** 11 - 1;
const LARGEST_ID = 8 ** 7 - 1;
const DEVICE_MINORS = 2 ** 20;

const typeFlags: Record<Exclude<EntryType, 'socket'>, string> = {
  file: '0',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};
const HARD_LINK = '1';

/** What one block of a header says. Numbers that do not fit are 0: a pax header has them. */
interface Block {
  name: Uint8Array;
  prefix?: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  type: string;
  link?: Uint8Array;
  user?: Uint8Array;
  group?: Uint8Array;
  device?: { major: number; minor: number } | undefined;
}

/** The blocks that come before a member's data. */
export function tarHeader(member: Member): Uint8Array {
  const { stat, linkTo } = member;
  const isFile = stat.type === 'file' && linkTo === undefined;
  const path = stat.type === 'directory' ? Buffer.concat([member.path, Buffer.from('/')]) : member.path;
  const pax = new PaxRecords();
  const size = isFile ? stat.size : 0;
  const block: Block = {
    ...namesOf(path, pax),
    mode: stat.mode,
    uid: pax.number('uid', stat.uid, LARGEST_ID),
    gid: pax.number('gid', stat.gid, LARGEST_ID),
    size: pax.number('size', size, LARGEST_OCTAL),
    mtime: timeOf(stat.mtime, pax),
    type: linkTo === undefined ? typeFlags[stat.type as keyof typeof typeFlags] : HARD_LINK,
    link: linkOf(linkTo ?? stat.target ?? new Uint8Array(0), pax),
    user: pax.name('uname', stat.user),
    group: pax.name('gname', stat.group),
    device: deviceOf(stat.deviceNumber),
  };
  const header = encodeBlock(block);
  return pax.isEmpty ? header : Buffer.concat([paxHeader(pax.take(), member.path), header]);
}

/** The zeros that follow data of `size` bytes. */
export function paddingOf(size: number): Uint8Array {
  return ZEROS.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

const ZEROS = new Uint8Array(BLOCK);

function namesOf(path: Uint8Array, pax: PaxRecords): { name: Uint8Array; prefix?: Uint8Array } {
  const isText = isUtf8(path);
  // Bytes that are no text stand in the header as they are where they fit: a pax header would need them to be text.
  const isPlain = !isText || isAscii(path);
  if (isPlain && path.length <= 100) return { name: path };
  const slash = isPlain ? splitOf(path) : -1;
  if (slash > 0) return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
  pax.bytes('path', path);
  return { name: path.subarray(0, 100) };
}

/** Where a path is divided so that both parts fit; -1 where it cannot be. */
function splitOf(path: Uint8Array): number {
  const slash = path.lastIndexOf(SLASH, Math.min(155, path.length - 2));
  return slash > 0 && path.length - slash - 1 <= 100 ? slash : -1;
}

function linkOf(link: Uint8Array, pax: PaxRecords): Uint8Array {
  if (link.length <= 100 && (isAscii(link) || !isUtf8(link))) return link;
  pax.bytes('linkpath', link);
  return link.subarray(0, 100);
}

function timeOf(mtime: Timestamp, pax: PaxRecords): number {
  const { seconds, nanos } = mtime;
  const fits = seconds >= 0 && seconds <= LARGEST_OCTAL;
  if (!fits || nanos !== 0) pax.text('mtime', decimalTime(mtime));
  return fits ? seconds : 0;
}

/** Seconds as a decimal fraction; nanoseconds count upwards before 1970, too. */
export function decimalTime({ seconds, nanos }: Timestamp): string {
  const isNegative = seconds < 0;
  const whole = isNegative && nanos > 0 ? -(seconds + 1) : Math.abs(seconds);
  const fraction = isNegative && nanos > 0 ? 1_000_000_000 - nanos : nanos;
  const digits = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
  return `${isNegative ? '-' : ''}${whole}${digits}`;
}

function deviceOf(number: number | undefined): Block['device'] {
  if (number === undefined) return undefined;
  return { major: Math.floor(number / DEVICE_MINORS), minor: number % DEVICE_MINORS };
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** What goes into a pax header. */
class PaxRecords {
  readonly #records: Buffer[] = [];
  #binary = false;

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** @returns what the ustar header says */
  number(key: string, value: number, largest: number): number {
    if (value <= largest) return value;
    this.text(key, String(value));
    return 0;
  }

  /** @returns what the ustar header says */
  name(key: string, value = ''): Uint8Array {
    const bytes = Buffer.from(value);
    if (bytes.length <= 31 && isAscii(bytes)) return bytes;
    this.bytes(key, bytes);
    return bytes.subarray(0, 0);
  }

  text(key: string, value: string): void {
    this.bytes(key, Buffer.from(value));
  }

  bytes(key: string, value: Uint8Array): void {
    if (!isUtf8(value)) this.#binary = true;
    this.#records.push(record(key, value));
  }

  take(): Buffer {
    const charset = this.#binary ? [record('hdrcharset', Buffer.from('BINARY'))] : [];
    return Buffer.concat([...charset, ...this.#records]);
  }
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function record(key: string, value: Uint8Array): Buffer {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

/** A member of its own that only speaks of the next. */
function paxHeader(records: Uint8Array, path: Uint8Array): Uint8Array {
  const name = Buffer.from(
    `PaxHeaders/${Buffer.from(path)
      .toString('latin1')
      .replace(/[^ -~]/g, '_')}`,
  );
  const block = encodeBlock({
    name: name.subarray(0, 100),
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: records.length,
    mtime: 0,
    type: 'x',
  });
  return Buffer.concat([block, records, paddingOf(records.length)]);
}

function encodeBlock(block: Block): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.set(block.name, 0);
  octal(bytes, 100, 8, block.mode);
  octal(bytes, 108, 8, block.uid);
  octal(bytes, 116, 8, block.gid);
  octal(bytes, 124, 12, block.size);
  octal(bytes, 136, 12, block.mtime);
  bytes.write(block.type, 156, 'latin1');
  bytes.set(block.link ?? [], 157);
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.set(block.user ?? [], 265);
  bytes.set(block.group ?? [], 297);
  octal(bytes, 329, 8, block.device?.major ?? 0);
  octal(bytes, 337, 8, block.device?.minor ?? 0);
  bytes.set(block.prefix ?? [], 345);
  bytes.write(`${checksumOf(bytes).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

function octal(bytes: Buffer, at: number, width: number, value: number): void {
  bytes.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
}

/** The sum of a header's bytes, its own field counted as spaces. */
export function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] as number;
  return sum;
}

/** Whether a block has the checksum that its bytes have: of any tar, also those before ustar. */
export function isHeader(block: Buffer): boolean {
  return Number.parseInt(block.toString('latin1', 148, 156), 8) === checksumOf(block);
}
