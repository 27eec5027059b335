// Section 2 of docs/format.md: numbers, varints, times and records.

/** What every refusal of this reader is: the repository does not follow the format, or is damaged. */
export class FormatError extends Error {
  name = 'FormatError';
}

/** Throws a FormatError with `message` unless `condition` holds. */
export function demand(condition, message) {
  if (!condition) throw new FormatError(message);
}

/** Reads one value after the other from a buffer, and refuses to run past its end. */
export class Cursor {
  constructor(buffer) {
    this.buffer = buffer;
    this.position = 0;
  }

  get left() {
    return this.buffer.length - this.position;
  }

  get atEnd() {
    return this.left === 0;
  }

  take(length) {
    demand(length <= this.left, `${length} bytes wanted where ${this.left} are left`);
    this.position += length;
    return this.buffer.subarray(this.position - length, this.position);
  }

  u8() {
    return this.take(1)[0];
  }

  u32() {
    return this.take(4).readUInt32LE();
  }

  u64() {
    return this.take(8).readBigUInt64LE();
  }

  /** LEB128 of minimal length, at most 2^53 - 1. */
  varint() {
    let value = 0;
    for (let index = 0; index < 8; index++) {
      const byte = this.u8();
      value += (byte & 127) * 2 ** (7 * index);
      if (byte >= 128) continue;
      demand(byte !== 0 || index === 0, 'a varint is not of minimal length');
      demand(Number.isSafeInteger(value), 'a varint is greater than 2^53 - 1');
      return value;
    }
    throw new FormatError('a varint has more than 8 bytes');
  }

  bytes() {
    return this.take(this.varint());
  }

  rest() {
    return this.take(this.left);
  }

  end(what) {
    demand(this.atEnd, `${what}: ${this.left} bytes too many`);
  }
}

/** Makes the decoder of a whole field value from one read of a cursor. */
function whole(read) {
  return (value) => {
    const cursor = new Cursor(value);
    const result = read(cursor);
    cursor.end('a field value');
    return result;
  };
}

function fixed(length) {
  return whole((cursor) => cursor.take(length));
}

function decodeTime(cursor) {
  const seconds = cursor.take(8).readBigInt64LE();
  const nanoseconds = cursor.u32();
  demand(nanoseconds <= 999_999_999, 'a time has more than 999,999,999 nanoseconds');
  return { seconds, nanoseconds };
}

function decodeText(value) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new FormatError('a text is not UTF-8');
  }
}

/** Decoders of field values. The value of a field has no inner length: it is the text, the bytes, the list itself. */
export const is = {
  u8: whole((cursor) => cursor.u8()),
  u64: whole((cursor) => cursor.u64()),
  varint: whole((cursor) => cursor.varint()),
  time: whole(decodeTime),
  text: decodeText,
  bytes: (value) => value,
  id16: fixed(16),
  id32: fixed(32),
  fixed,
  whole,
};

/** A field that is critical. */
export function critical(name, decode) {
  return { name, decode, critical: true, repeated: false };
}

/** A field marked (n): not critical. */
export function optional(name, decode) {
  return { name, decode, critical: false, repeated: false };
}

/** The same field, any number of times; its value is an array, empty when it is absent. */
export function repeated(field) {
  return { ...field, repeated: true };
}

/**
 * Decodes a record by its schema (field number -> field). Unknown critical fields, a wrong order, a wrong critical bit and
 * repetitions of a single field are refused; unknown fields that are not critical are passed over.
 */
export function decodeRecord(buffer, schema, what) {
  const record = {};
  for (const field of Object.values(schema)) if (field.repeated) record[field.name] = [];
  const cursor = new Cursor(buffer);
  for (let last = -1; !cursor.atEnd; ) {
    const key = cursor.varint();
    const number = Math.floor(key / 2);
    demand(number >= last, `${what}: field ${number} stands after field ${last}`);
    takeField(record, schema[number], { number, isCritical: key % 2 === 1, value: cursor.bytes() }, what);
    demand(
      number > last || !schema[number] || schema[number].repeated,
      `${what}: field ${number} is repeated`,
    );
    last = number;
  }
  return record;
}

function takeField(record, field, { number, isCritical, value }, what) {
  if (!field) {
    demand(!isCritical, `${what}: unknown critical field ${number}`);
    return;
  }
  demand(field.critical === isCritical, `${what}: field ${number} has the wrong critical bit`);
  const decoded = field.decode(value);
  if (field.repeated) record[field.name].push(decoded);
  else record[field.name] = decoded;
}

/** Throws unless the record has all of the named fields. */
export function demandFields(record, names, what) {
  for (const name of names) demand(record[name] !== undefined, `${what}: the field "${name}" is missing`);
}
