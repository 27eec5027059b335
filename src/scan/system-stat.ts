import type { BigIntStats } from 'node:fs';
import { stampOf } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';

const TYPE_BITS = 0o170000;
const DIRECTORY = 0o040000;
const FILE = 0o100000;

/** What the system says of a file, stat(2), as far as a scan asks. */
export interface SystemStat {
  /** Type and permissions. */
  mode: number;
  links: number;
  uid: number;
  gid: number;
  /** Of a device file; its number as the C library makes it, like `device`. */
  rawDevice: number;
  /** Of the file system it lies on. */
  device: bigint;
  inode: bigint;
  /** Bytes. */
  size: number;
  mtime: Timestamp;
  ctime: Timestamp;
  /** Where the file system keeps it. */
  birthTime: Timestamp | undefined;
}

/** Of an answer of `node:fs`. */
export function systemStat(stats: BigIntStats): SystemStat {
  return {
    mode: Number(stats.mode),
    links: Number(stats.nlink),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    rawDevice: Number(stats.rdev),
    // Node takes them for signed numbers.
    device: BigInt.asUintN(64, stats.dev),
    inode: BigInt.asUintN(64, stats.ino),
    size: Number(stats.size),
    mtime: stampOf(stats.mtimeNs),
    ctime: stampOf(stats.ctimeNs),
    birthTime: stats.birthtimeNs > 0n ? stampOf(stats.birthtimeNs) : undefined,
  };
}

/** The bits that say what it is. */
export function typeBits({ mode }: Pick<SystemStat, 'mode'>): number {
  return mode & TYPE_BITS;
}

export function isDirectory(stat: Pick<SystemStat, 'mode'>): boolean {
  return typeBits(stat) === DIRECTORY;
}

export function isFile(stat: Pick<SystemStat, 'mode'>): boolean {
  return typeBits(stat) === FILE;
}

/** Whether both are of one file, or directory. */
export function isSame(
  a: Pick<SystemStat, 'device' | 'inode'>,
  b: Pick<SystemStat, 'device' | 'inode'>,
): boolean {
  return a.inode === b.inode && a.device === b.device;
}
