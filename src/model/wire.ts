import { BmcloudError } from '../errors.ts';

/*
 * The encodings of docs/format.md, section 2: varints, bytes and times. Records are in record.ts.
 */

/** A point in time to the nanosecond. */
export interface Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z; negative before. */
  seconds: number;
  /** 0 … 999,999,999. */
  nanos: number;
}

const utf8 = new TextEncoder();
// A byte order mark is a character like any other: a decoder that drops it gives two texts one encoding.
const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Grows as needed; `bytes()` is a view of what was written, valid until the next write. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  /** A copy of what was written; the writer starts again. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
    return this;
  }

  u64(value: bigint | number): this {
    this.#reserve(8);
    if (typeof value === 'bigint') this.#view.setBigUint64(this.length, value, true);
    else {
      this.#view.setUint32(this.length, value % 0x1_0000_0000, true);
      this.#view.setUint32(this.length + 4, Math.floor(value / 0x1_0000_0000), true);
    }
    this.length += 8;
    return this;
  }

  varint(value: number): this {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.length++] = rest;
    return this;
  }

  raw(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** Length and bytes. */
  prefixed(value: Uint8Array): this {
    return this.varint(value.length).raw(value);
  }

  text(value: string): this {
    if (value.length < 0x80 && this.#shortAscii(value)) return this;
    return this.prefixed(utf8.encode(value));
  }

  /** Names of users and groups, twice an entry: an encoder call for each took an eighth of a scan. */
  #shortAscii(value: string): boolean {
    const { length } = value;
    this.#reserve(length + 1);
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      this.#bytes[this.length + 1 + i] = code;
    }
    this.#bytes[this.length] = length;
    this.length += length + 1;
    return true;
  }

  time(value: Timestamp): this {
    this.#reserve(12);
    const high = Math.floor(value.seconds / 0x1_0000_0000);
    this.#view.setUint32(this.length, value.seconds - high * 0x1_0000_0000, true);
    this.#view.setInt32(this.length + 4, high, true);
    this.#view.setUint32(this.length + 8, value.nanos, true);
    this.length += 12;
    return this;
  }

  #reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what a `Writer` wrote. Everything it returns is checked; anything odd is a `damaged` error that names `what`. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  offset = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.offset;
  }

  u8(): number {
    this.#need(1);
    return this.#bytes[this.offset++] as number;
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.offset, true);
    this.offset += 4;
    return value;
  }

  u64(): bigint {
    this.#need(8);
    const value = this.#view.getBigUint64(this.offset, true);
    this.offset += 8;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 8; read++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && read > 0) throw this.damage('a number is not minimal');
        if (value > Number.MAX_SAFE_INTEGER) throw this.damage('a number is too large');
        return value;
      }
      scale *= 0x80;
    }
    throw this.damage('a number is too long');
  }

  raw(length: number): Uint8Array {
    this.#need(length);
    const value = this.#bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return value;
  }

  prefixed(): Uint8Array {
    return this.raw(this.varint());
  }

  time(): Timestamp {
    this.#need(12);
    const low = this.#view.getUint32(this.offset, true);
    const high = this.#view.getInt32(this.offset + 4, true);
    const nanos = this.#view.getUint32(this.offset + 8, true);
    if (nanos > 999_999_999) throw this.damage('a time has too many nanoseconds');
    this.offset += 12;
    return { seconds: high * 0x1_0000_0000 + low, nanos };
  }

  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  end(): void {
    if (this.remaining !== 0) throw this.damage('there are bytes too many');
  }

  damage(reason: string): BmcloudError {
    return damaged(this.#what, `${reason} (at byte ${this.offset})`);
  }

  #need(length: number): void {
    if (length > this.remaining) throw this.damage('it is cut short');
  }
}

/** The error for stored bytes that cannot be what they should. */
export function damaged(what: string, reason: string): BmcloudError {
  return new BmcloudError('damaged', `${what} is damaged: ${reason}`, {
    hint: 'Run "bmcloud verify" to see what else is affected',
  });
}

/** Decodes UTF-8; bytes that are not UTF-8 are damage in `what`. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8Strict.decode(bytes);
  } catch {
    throw damaged(what, 'a text is not UTF-8');
  }
}

/** Bytes of a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
