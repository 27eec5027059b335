import { decodeStat } from '../model/entry.ts';
import type { Reading, Readings } from './readings.ts';
import type { FileToRead } from './tasks.ts';

/** How a file is read. */
export interface Read {
  reading: Reading;
  /** Under another of its names. */
  isShared?: boolean;
}

/** Reads a file that has several names once, whichever comes first. */
export class LinkedReadings {
  /** Of files that have names left to come, by device and inode. */
  readonly #readings = new Map<string, { reading: Reading; stat: Uint8Array; names: number }>();

  read(file: FileToRead, readings: Pick<Readings, 'read'>): Read {
    const { device, inode, links = 2 } = decodeStat(file.stat);
    const group = `${device}:${inode}`;
    const other = this.#readings.get(group);
    const names = (other?.names ?? links) - 1;
    // It may have changed since it was looked at under the other name.
    const isSame = other && Buffer.compare(other.stat, file.stat) === 0;
    const reading = isSame ? other.reading : readings.read(file);
    if (names > 0) this.#readings.set(group, { reading, stat: file.stat.slice(), names });
    else this.#readings.delete(group);
    return { reading, isShared: isSame === true };
  }
}

/** The other name is gone, or was found to be another file than the scan saw: that says nothing of this one. */
export function isOfAnother({ isShared, reading }: Partial<Read>): boolean {
  const result = reading?.result;
  return isShared === true && result !== undefined && (result.kind === 'failed' || result.stat !== undefined);
}
