import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs';
import { loadLinuxAddon } from '../native/linux.ts';
import { Ahead } from './ahead.ts';
import { type LstatAll, lstatAll } from './many.ts';
import { type SystemStat, systemStat } from './system-stat.ts';

/** A path for `node:fs`: text where it is valid UTF-8, else bytes. */
export type NativePath = string | Buffer;

/** All the walk asks of the file system. Synchronous: it has a thread of its own. Everything throws the system's errors. */
export interface Disk {
  /** Names as text; bytes that are not UTF-8 become U+FFFD. */
  names(directory: NativePath): string[];
  rawNames(directory: NativePath): Buffer[];
  lstat(path: NativePath): SystemStat;
  /** Several at once, where that is quicker: what it does not tell is left to `lstat`. */
  lstatAll?: LstatAll;
  /** Lists directories before they are asked for, where other threads can. */
  ahead?: Pick<Ahead, 'has' | 'begin' | 'take'>;
  /** Follows links. */
  stat(path: NativePath): SystemStat;
  readTarget(link: NativePath): Buffer;
  /** The first bytes of a regular file. */
  readStart(file: NativePath, length: number): Buffer;
}

export const systemDisk: Disk = {
  names: (directory) => readdirSync(directory, 'utf8'),
  rawNames: (directory) => readdirSync(directory, 'buffer'),
  lstat: (path) => systemStat(lstatSync(path, { bigint: true })),
  stat: (path) => systemStat(statSync(path, { bigint: true })),
  readTarget: (link) => readlinkSync(link, 'buffer'),
  readStart,
};

/** The same, and many files at once where the system has an addon for that. */
export function quickDisk(): Disk {
  const native = loadLinuxAddon();
  return native ? { ...systemDisk, lstatAll: lstatAll(native) } : systemDisk;
}

/** The same for a thread that does nothing but walk: others list for it what it comes to next. */
export function walkersDisk(): Disk {
  const native = loadLinuxAddon();
  return native ? { ...quickDisk(), ahead: new Ahead(native) } : systemDisk;
}

function readStart(file: NativePath, length: number): Buffer {
  // Not blocking and not through a link, whatever took the file's place since it was looked at.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const descriptor = openSync(file, flags);
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}
