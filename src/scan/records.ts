import type { Timestamp } from '../model/wire.ts';
import type { SystemStat } from './system-stat.ts';

/** Some file systems say more: `node:fs` makes seconds of that. */
const MOST_NANOS = 999_999_999;
/** Numbers in the record of a file. */
const FIELDS = 16;

/** What the addon says of files: native/linux/record.h. */
export class Records {
  readonly count: number;
  readonly numbers: Float64Array;
  readonly #integers: BigUint64Array;

  constructor(count: number) {
    this.count = count;
    this.numbers = new Float64Array(count * FIELDS);
    this.#integers = new BigUint64Array(this.numbers.buffer);
  }

  /** Undefined: it could not be looked at, or nobody did. */
  at(index: number): SystemStat | undefined {
    const start = index * FIELDS;
    if (this.numbers[start] !== 0 || !this.#hasWholeTimes(start)) return undefined;
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

  /** Bytes that were read of it, where it was to be read. */
  bytesRead(index: number): number {
    return this.#number(index * FIELDS + 15);
  }

  #hasWholeTimes(start: number): boolean {
    return (
      this.#number(start + 8) <= MOST_NANOS &&
      this.#number(start + 10) <= MOST_NANOS &&
      this.#number(start + 12) <= MOST_NANOS
    );
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
