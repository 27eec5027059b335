import type { LinuxAddon } from '../native/linux.ts';
import { Records } from '../scan/records.ts';
import type { SystemStat } from '../scan/system-stat.ts';
import type { FileToRead } from './tasks.ts';

/** Of a file that was read whole: what it was then. Undefined: it has to be read by itself. */
export type ReadMany = (files: FileToRead[], room: Uint8Array) => (SystemStat | undefined)[];

/** Reads many small files in one call, into room that has the size of each, one behind the other. */
export function readMany(native: Pick<LinuxAddon, 'read'>): ReadMany {
  const paths = new Paths();
  let sizes = new Uint32Array(0);
  let answers = new Records(0);
  return (files, room) => {
    paths.fill(files);
    if (answers.count < files.length) {
      sizes = new Uint32Array(files.length);
      answers = new Records(files.length);
    }
    for (const [at, { size }] of files.entries()) sizes[at] = size;
    native.read(paths.bytes, paths.length, sizes, files.length, room, answers.numbers);
    return files.map(({ size }, at) => (answers.bytesRead(at) === size ? answers.at(at) : undefined));
  };
}

/** Paths, each ended by a zero byte. */
class Paths {
  bytes = Buffer.allocUnsafeSlow(64 * 1024);
  length = 0;

  fill(files: FileToRead[]): void {
    const needed = files.reduce((sum, { path }) => sum + path.length + 1, 0);
    if (needed > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(needed);
    this.length = 0;
    for (const { path } of files) {
      this.bytes.set(path, this.length);
      this.length += path.length;
      this.bytes[this.length++] = 0;
    }
  }
}
