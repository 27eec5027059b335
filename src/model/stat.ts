import {
  type Field,
  readFields,
  refuseRepetitions,
  unknownField,
  writeField,
  writeVarintField,
} from './record.ts';
import { damaged, decodeText, Reader, type Timestamp, type Writer } from './wire.ts';

/*
 * What the scan saw of a path, as a record (docs/format.md, section 7). There is one encoding only: equal bytes mean unchanged.
 */

export const entryTypes = ['file', 'directory', 'symlink', 'fifo', 'socket', 'character', 'block'] as const;
export type EntryType = (typeof entryTypes)[number];

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
  /** Windows only: bits of file attributes, as Windows numbers them; those that docs/format.md names. */
  attributes?: number;
  /** Windows only, and only where there is a reparse point: what it is. */
  reparseTag?: number;
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
  if (stat.attributes !== undefined) writeVarintField(writer, 16, false, stat.attributes);
  if (stat.reparseTag !== undefined) writeVarintField(writer, 17, false, stat.reparseTag);
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

const LAST_STAT_FIELD = 17;
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
    case 16:
      stat.attributes = reader.varint();
      break;
    case 17:
      stat.reparseTag = reader.varint();
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

/**
 * The same for all names of a file; undefined where it has but one. Names that were not seen in the same state (one of them may have been
 * carried over from an earlier snapshot) need not have the same data, and count as files of their own.
 */
export function linkKeyOf({ device, inode, links, size, mtime, ctime }: Stat): string | undefined {
  if (device === undefined || inode === undefined || links === undefined) return undefined;
  return [device, inode, size, mtime.seconds, mtime.nanos, ctime.seconds, ctime.nanos].join(':');
}
