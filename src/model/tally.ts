import { entryTypes } from './entry.ts';

/*
 * What stands in a stat, without decoding it: asked of every entry in every push (docs/format.md, section 7). A stat begins with
 * its type, and that of a file goes on with its size.
 */

const TYPE_AT = 2;
const SIZE_AT = 5;
const FILE = entryTypes.indexOf('file') + 1;
const DIRECTORY = entryTypes.indexOf('directory') + 1;

export function isFile(stat: Uint8Array): boolean {
  return stat[TYPE_AT] === FILE;
}

export function isDirectory(stat: Uint8Array): boolean {
  return stat[TYPE_AT] === DIRECTORY;
}

/** Bytes of a file, by its stat; 0 for everything else. */
export function sizeOf(stat: Uint8Array): number {
  if (!isFile(stat)) return 0;
  let size = 0;
  let scale = 1;
  for (let at = SIZE_AT; ; at++) {
    const byte = stat[at] ?? 0;
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) return size;
    scale *= 0x80;
  }
}

/** Where the value of a field begins, or −1. */
function fieldAt(stat: Uint8Array, number: number): number {
  for (let at = 0; at < stat.length; ) {
    const field = (stat[at++] as number) >>> 1; // keys of known fields are single bytes
    if (field > number) return -1;
    let length = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = stat[at++] ?? 0;
      length += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (field === number) return at;
    at += length;
  }
  return -1;
}

const MTIME = 3;
const CTIME = 4;
const LINKS = 13;

/** Whether a file has more than one name. */
export function hasManyNames(stat: Uint8Array): boolean {
  return fieldAt(stat, LINKS) !== -1;
}

/** A file whose times lie this close to its reading may change again unseen. */
const RACY_MILLISECONDS = 2000;

/** Whether a file must not be trusted to be what it was when it was read. @param read when that began, ms since the epoch */
export function isRacy(stat: Uint8Array, read: number): boolean {
  return newestTime(stat) >= read - RACY_MILLISECONDS;
}

/** The later of mtime and ctime, in ms since the epoch. */
function newestTime(stat: Uint8Array): number {
  return Math.max(timeAt(stat, fieldAt(stat, MTIME)), timeAt(stat, fieldAt(stat, CTIME)));
}

function timeAt(stat: Uint8Array, at: number): number {
  if (at === -1) return 0;
  const view = new DataView(stat.buffer, stat.byteOffset + at, 12);
  const seconds = view.getInt32(4, true) * 0x1_0000_0000 + view.getUint32(0, true);
  return seconds * 1000 + view.getUint32(8, true) / 1e6;
}

/** Counts entries by their stats. */
export class Tally {
  files = 0;
  directories = 0;
  others = 0;
  /** Of all files. */
  bytes = 0;

  get entries(): number {
    return this.files + this.directories + this.others;
  }

  add(stat: Uint8Array): void {
    if (isFile(stat)) {
      this.files++;
      this.bytes += sizeOf(stat);
    } else if (isDirectory(stat)) this.directories++;
    else this.others++;
  }
}
