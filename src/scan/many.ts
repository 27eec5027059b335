import type { LinuxAddon } from '../native/linux.ts';
import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import { Records } from './records.ts';
import type { SystemStat } from './system-stat.ts';

/** Bytes of a path and of as many names as are looked at together. */
const ROOM = 64 * 1024;

/** What is seen of each name in a directory; undefined for what `node:fs` has to be asked for. */
export type LstatAll = (directory: NativePath, names: Name[]) => (SystemStat | undefined)[];

/** Looks at many names in one call. */
export function lstatAll(native: Pick<LinuxAddon, 'look'>): LstatAll {
  const asked = new Asked();
  let answers = new Records(0);
  return (directory, names) => {
    if (names.length === 0 || !asked.fill(directory, names)) return [];
    if (answers.count < names.length) answers = new Records(names.length);
    native.look(asked.bytes, asked.length, names.length, answers.numbers);
    return names.map((_, at) => answers.at(at));
  };
}

/** A path and names, each ended by a zero byte. */
class Asked {
  readonly bytes = Buffer.allocUnsafeSlow(ROOM);
  length = 0;

  /** @returns false where there is no room for them */
  fill(directory: NativePath, names: Name[]): boolean {
    this.length = 0;
    return this.#append(directory) && names.every((name) => this.#append(name));
  }

  #append(text: Name): boolean {
    const room = this.bytes.length - this.length;
    // Of UTF-16, a unit is at most three bytes.
    if (text.length * 3 >= room) return false;
    this.length +=
      typeof text === 'string' ? this.bytes.write(text, this.length) : text.copy(this.bytes, this.length);
    this.bytes[this.length++] = 0;
    return true;
  }
}
