import type { Timestamp } from '../model/wire.ts';
import { type NativeLook, RECORD_FIELDS } from '../native/look.ts';
import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import type { SystemStat } from './system-stat.ts';

/** Below that many, `node:fs` is as quick. */
const FEW = 3;
/** Bytes of a path and of as many names as are looked at together. */
const ROOM = 64 * 1024;

/** What is seen of each name in a directory; undefined for what `node:fs` has to be asked for. */
export type LstatAll = (directory: NativePath, names: Name[]) => (SystemStat | undefined)[];

/** Looks at many names in one call. */
export function lstatAll(native: NativeLook): LstatAll {
  const asked = new Asked();
  let answers = new Answers(0);
  return (directory, names) => {
    if (names.length < FEW || !asked.fill(directory, names)) return [];
    if (answers.count < names.length) answers = new Answers(names.length);
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

/** Records of files, in the order of native/linux/look.c. */
class Answers {
  readonly count: number;
  readonly numbers: Float64Array;
  readonly #integers: BigUint64Array;

  constructor(count: number) {
    this.count = count;
    this.numbers = new Float64Array(count * RECORD_FIELDS);
    this.#integers = new BigUint64Array(this.numbers.buffer);
  }

  at(index: number): SystemStat | undefined {
    const start = index * RECORD_FIELDS;
    const isSeen = this.numbers[start] === 0;
    if (!isSeen) return undefined;
    return {
      mode: this.#number(start + 1),
      links: this.#number(start + 2),
      uid: this.#number(start + 3),
      gid: this.#number(start + 4),
      rawDevice: this.#number(start + 5),
      size: this.#number(start + 6),
      mtime: this.#time(start + 7),
      ctime: this.#time(start + 9),
      birthTime: this.#birthTime(start + 11),
      device: this.#integers[start + 13] as bigint,
      inode: this.#integers[start + 14] as bigint,
    };
  }

  #number(at: number): number {
    return this.numbers[at] as number;
  }

  #time(at: number): Timestamp {
    return { seconds: this.#number(at), nanos: this.#number(at + 1) };
  }

  /** The kernel leaves zeros where there is none. */
  #birthTime(at: number): Timestamp | undefined {
    const time = this.#time(at);
    return time.seconds > 0 || (time.seconds === 0 && time.nanos > 0) ? time : undefined;
  }
}
