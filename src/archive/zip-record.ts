import type { Timestamp } from '../model/wire.ts';
import type { MemberStat } from './member.ts';

/*
 * Records of zip archives, as APPNOTE 6.3 has them. Sizes and offsets that have no room in 32 bits are told in a zip64 field.
 */

export const FULL = 0xffff_ffff;
const MADE_BY_UNIX = 0x031e;
const VERSION = 20;
const VERSION_64 = 45;
const UTF8 = 0x0800;
/** Length and checksum follow the data. */
const FOLLOWED = 0x0008;
const DIRECTORY = 0x10;
const READ_ONLY = 0x01;

const typeBits: Partial<Record<MemberStat['type'], number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
};

/** What is told of a member in front of its data and in the directory at the end. */
export interface ZipEntry {
  /** UTF-8; of a directory with a slash at its end. */
  name: Uint8Array;
  stat: MemberStat;
  deflated: boolean;
  crc: number;
  size: number;
  packedSize: number;
  /** Where its local header lies. */
  offset: number;
  /** Checksum and sizes were not known when the data began. */
  followed: boolean;
  /** The local header has a zip64 field. */
  large: boolean;
}

export function localHeader(entry: ZipEntry): Buffer {
  const { followed, large, name } = entry;
  const extra = Buffer.concat([
    large ? zip64Field(followed ? [0, 0] : [entry.size, entry.packedSize]) : NONE,
    timeField(entry.stat.mtime),
  ]);
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(bytes, 4, entry, large);
  writeSizes(bytes, 14, followed ? { crc: 0, packedSize: 0, size: 0, large } : entry);
  bytes.writeUInt16LE(name.length, 26);
  bytes.writeUInt16LE(extra.length, 28);
  return Buffer.concat([bytes, name, extra]);
}

/** What follows data whose length was not known before. */
export function dataDescriptor({ crc, packedSize, size, large }: ZipEntry): Buffer {
  const bytes = Buffer.alloc(large ? 24 : 16);
  bytes.writeUInt32LE(0x0807_4b50, 0);
  bytes.writeUInt32LE(crc, 4);
  if (large) {
    bytes.writeBigUInt64LE(BigInt(packedSize), 8);
    bytes.writeBigUInt64LE(BigInt(size), 16);
  } else {
    bytes.writeUInt32LE(packedSize, 8);
    bytes.writeUInt32LE(size, 12);
  }
  return bytes;
}

/** A member in the directory at the end. */
export function directoryRecord(entry: ZipEntry): Buffer {
  const { name, size, packedSize, offset, stat } = entry;
  const beyond = [size, packedSize, offset].filter((value) => value >= FULL);
  const extra = Buffer.concat([beyond.length > 0 ? zip64Field(beyond) : NONE, timeField(stat.mtime)]);
  const bytes = Buffer.alloc(46);
  bytes.writeUInt32LE(0x0201_4b50, 0);
  bytes.writeUInt16LE(MADE_BY_UNIX, 4);
  writeCommon(bytes, 6, entry, entry.large || beyond.length > 0);
  writeSizes(bytes, 16, { ...entry, large: false });
  bytes.writeUInt16LE(name.length, 28);
  bytes.writeUInt16LE(extra.length, 30);
  bytes.writeUInt32LE(attributesOf(stat), 38);
  bytes.writeUInt32LE(Math.min(offset, FULL), 42);
  return Buffer.concat([bytes, name, extra]);
}

/** The end of an archive: where its directory lies. */
export function endRecords(count: number, directory: { offset: number; size: number }): Buffer {
  const { offset, size } = directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(size, FULL), 12);
  end.writeUInt32LE(Math.min(offset, FULL), 16);
  if (count < 0xffff && size < FULL && offset < FULL) return end;
  return Buffer.concat([end64(count, offset, size), locator64(offset + size), end]);
}

function end64(count: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(0x0606_4b50, 0);
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(MADE_BY_UNIX, 12);
  bytes.writeUInt16LE(VERSION_64, 14);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  bytes.writeBigUInt64LE(BigInt(offset), 48);
  return bytes;
}

function locator64(offset: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(0x0706_4b50, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeUInt32LE(1, 16);
  return bytes;
}

const NONE = Buffer.alloc(0);

function zip64Field(values: number[]): Buffer {
  const bytes = Buffer.alloc(4 + values.length * 8);
  bytes.writeUInt16LE(0x0001, 0);
  bytes.writeUInt16LE(values.length * 8, 2);
  for (const [i, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 4 + i * 8);
  return bytes;
}

/** Version, flags, method and time: the same in both places. */
function writeCommon(bytes: Buffer, at: number, entry: ZipEntry, is64: boolean): void {
  const { date, time } = dosTime(entry.stat.mtime);
  bytes.writeUInt16LE(is64 ? VERSION_64 : VERSION, at);
  bytes.writeUInt16LE(UTF8 | (entry.followed ? FOLLOWED : 0), at + 2);
  bytes.writeUInt16LE(entry.deflated ? 8 : 0, at + 4);
  bytes.writeUInt16LE(time, at + 6);
  bytes.writeUInt16LE(date, at + 8);
}

function writeSizes(
  bytes: Buffer,
  at: number,
  entry: Pick<ZipEntry, 'crc' | 'packedSize' | 'size' | 'large'>,
): void {
  const { crc, packedSize, size, large } = entry;
  bytes.writeUInt32LE(crc, at);
  bytes.writeUInt32LE(large ? FULL : Math.min(packedSize, FULL), at + 4);
  bytes.writeUInt32LE(large ? FULL : Math.min(size, FULL), at + 8);
}

function attributesOf({ type, mode }: MemberStat): number {
  const dos = (type === 'directory' ? DIRECTORY : 0) | (mode & 0o200 ? 0 : READ_ONLY);
  return (((typeBits[type] ?? 0) | mode) * 0x1_0000 + dos) >>> 0;
}

/**
 * The time of modification in seconds of UTC: the other one is local, even, and ends in 2107. What 32 bits do not hold is told as
 * NTFS does, which fewer programs read.
 */
function timeField({ seconds }: Timestamp): Buffer {
  if (seconds < -0x8000_0000 || seconds > 0x7fff_ffff) return ntfsField(seconds);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt16LE(0x5455, 0);
  bytes.writeUInt16LE(5, 2);
  bytes.writeUInt8(1, 4);
  bytes.writeInt32LE(seconds, 5);
  return bytes;
}

const SECONDS_TO_1970 = 11_644_473_600n;
const TICKS = 10_000_000n;

/** Times since 1601, three of them; those of access and creation are the same. */
function ntfsField(seconds: number): Buffer {
  const ticks = (BigInt(seconds) + SECONDS_TO_1970) * TICKS;
  if (ticks < 0n || ticks >= 2n ** 63n) return NONE;
  const bytes = Buffer.alloc(36);
  bytes.writeUInt16LE(0x000a, 0);
  bytes.writeUInt16LE(32, 2);
  bytes.writeUInt16LE(1, 8);
  bytes.writeUInt16LE(24, 10);
  for (const at of [12, 20, 28]) bytes.writeBigUInt64LE(ticks, at);
  return bytes;
}

const EARLIEST = new Date(1980, 0, 1).getTime();
const LATEST = new Date(2107, 11, 31, 23, 59, 58).getTime();

function dosTime({ seconds }: Timestamp): { date: number; time: number } {
  const at = new Date(Math.min(LATEST, Math.max(EARLIEST, seconds * 1000)));
  return {
    date: ((at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
    time: (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
  };
}
