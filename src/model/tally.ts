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
