import { ID_BYTES } from '../model/ids.ts';
import { type Field, refuseRepetitions, unknownField, writeField } from '../model/record.ts';
import { manifestKinds, type SnapshotHeader } from '../model/snapshot.ts';
import { damaged, decodeText, Reader, type Timestamp, Writer } from '../model/wire.ts';
import {
  code,
  decodeSkipped,
  decodeSource,
  decodeStatistics,
  encodeSkipped,
  encodeSource,
  encodeStatistics,
  readVarint,
  textBytes,
  varintBytes,
} from './header-parts.ts';

/*
 * Fields 1 to 19 of a manifest (docs/format.md, section 8): all that is known of a push but its entries.
 */

const WHAT = 'a manifest';
const MOST_SKIPPED = 1000;
const MOST_TAGS = 64;

/** Fields from here on belong to the body. */
export const BODY_FIELDS = 32;

export function writeHeader(writer: Writer, header: SnapshotHeader): void {
  const put = (number: number, value: Uint8Array, critical = true) =>
    writeField(writer, number, critical, value);
  put(1, header.job);
  put(2, varintBytes(header.number));
  put(3, Uint8Array.of(manifestKinds.indexOf(header.kind)));
  put(4, header.snapshot);
  put(5, timeBytes(header.start));
  put(6, timeBytes(header.end));
  if (header.storeStart) put(7, timeBytes(header.storeStart), false);
  if (header.storeEnd) put(8, timeBytes(header.storeEnd), false);
  put(9, textBytes(header.host));
  put(10, textBytes(header.user));
  put(11, textBytes(header.jobName));
  put(12, header.machine);
  for (const source of header.sources) put(13, encodeSource(source));
  if (header.statistics) put(14, encodeStatistics(header.statistics), false);
  for (const skipped of header.skipped) put(15, encodeSkipped(skipped), false);
  if (header.tool !== undefined) put(16, textBytes(header.tool), false);
  for (const tag of header.tags) put(17, textBytes(tag));
  if (header.entries !== undefined) put(18, varintBytes(header.entries), false);
  put(19, Uint8Array.of(header.platform === 'posix' ? 1 : 2));
  if (header.mirrors) put(20, Uint8Array.of(1), false);
  for (const field of header.unknown) put(field.number, field.value, field.critical);
}

/** Reads the header from the fields of a manifest, or of an earlier header. @throws `damaged`, `newer-format` */
export function readHeader(fields: Field[]): SnapshotHeader {
  const header: SnapshotHeader = {
    job: new Uint8Array(0),
    number: -1,
    kind: 'snapshot',
    snapshot: new Uint8Array(0),
    start: { seconds: 0, nanos: 0 },
    end: { seconds: 0, nanos: 0 },
    host: '',
    user: '',
    jobName: '',
    machine: new Uint8Array(0),
    sources: [],
    skipped: [],
    tags: [],
    platform: 'posix',
    unknown: [],
  };
  refuseRepetitions(fields, (number) => number < BODY_FIELDS && single.has(number), WHAT);
  for (const field of fields) if (field.number < BODY_FIELDS) readHeaderField(header, field);
  checkHeader(header, fields);
  return header;
}

const always = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 19];
const single = new Set([...always, 7, 8, 14, 16, 18, 20]);

function checkHeader(header: SnapshotHeader, fields: Field[]): void {
  const found = new Set(fields.map(({ number }) => number));
  if (always.some((number) => !found.has(number))) throw damaged(WHAT, 'it does not say which push it is');
  if (header.skipped.length > MOST_SKIPPED) throw damaged(WHAT, 'it names too many skipped paths');
  if (header.tags.length > MOST_TAGS) throw damaged(WHAT, 'it has too many tags');
}

function readHeaderField(header: SnapshotHeader, field: Field): void {
  const { value } = field;
  const number = () => readVarint(value);
  switch (field.number) {
    case 1:
      header.job = id(value);
      break;
    case 2:
      header.number = number();
      break;
    case 3:
      header.kind = code(value, manifestKinds, 'its kind', 0);
      break;
    case 4:
      header.snapshot = id(value);
      break;
    case 5:
      header.start = time(value);
      break;
    case 6:
      header.end = time(value);
      break;
    case 7:
      header.storeStart = time(value);
      break;
    case 8:
      header.storeEnd = time(value);
      break;
    case 9:
      header.host = decodeText(value, WHAT);
      break;
    case 10:
      header.user = decodeText(value, WHAT);
      break;
    case 11:
      header.jobName = decodeText(value, WHAT);
      break;
    case 12:
      header.machine = id(value);
      break;
    case 13:
      header.sources.push(decodeSource(value));
      break;
    case 14:
      header.statistics = decodeStatistics(value);
      break;
    case 15:
      header.skipped.push(decodeSkipped(value));
      break;
    case 16:
      header.tool = decodeText(value, WHAT);
      break;
    case 17:
      header.tags.push(decodeText(value, WHAT));
      break;
    case 18:
      header.entries = number();
      break;
    case 19:
      header.platform = code(value, ['posix', 'windows'], 'its platform');
      break;
    case 20:
      header.mirrors = true;
      break;
    default:
      if (field.critical) throw unknownField(WHAT, field.number);
      header.unknown.push(field);
  }
}

function id(value: Uint8Array): Uint8Array {
  if (value.length !== ID_BYTES) throw damaged(WHAT, 'an id in it is none');
  return value;
}

function time(value: Uint8Array): Timestamp {
  const reader = new Reader(value, WHAT);
  const read = reader.time();
  reader.end();
  return read;
}

function timeBytes(value: Timestamp): Uint8Array {
  return new Writer(12).time(value).take();
}
