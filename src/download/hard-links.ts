import { linkKeyOf, type Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';
import type { Found } from './walk.ts';

/** The name of a file that gives its data. */
export interface FirstName {
  path: Uint8Array;
  place: NativePath;
}

/**
 * Files with several names: the first that is restored gives the data, the others are links to it. Only paths of this restore are
 * ever linked to.
 */
export class HardLinks {
  readonly #first = new Map<string, FirstName>();

  /** No file that was restored has several names. */
  get isEmpty(): boolean {
    return this.#first.size === 0;
  }

  /** Notes the first name of a file; false for every other. */
  isFirst({ path, place }: FirstName, stat: Stat): boolean {
    const key = linkKeyOf(stat);
    if (key === undefined) return true;
    if (this.#first.has(key)) return false;
    this.#first.set(key, { path: path.slice(), place });
    return true;
  }

  /** What is at the first name stays, whatever it is: the next one is the first. */
  forget(stat: Stat): void {
    const key = linkKeyOf(stat);
    if (key !== undefined) this.#first.delete(key);
  }

  /** The first name; undefined if this is the first itself, or the only one. */
  firstOf({ place }: Pick<Found, 'place'>, stat: Stat): FirstName | undefined {
    const key = linkKeyOf(stat);
    const first = key === undefined ? undefined : this.#first.get(key);
    return first === undefined || keyOfPlace(first.place) === keyOfPlace(place) ? undefined : first;
  }
}

function keyOfPlace(place: NativePath): string {
  return typeof place === 'string' ? place : place.toString('latin1');
}

const LINKS_KEY = 26;

/** Whether a file may have several names, by its encoded stat: most have not, and need no decoding to tell. */
export function mayHaveNames(stat: Uint8Array): boolean {
  for (let at = 0; at + 1 < stat.length; ) {
    const key = stat[at] as number;
    const length = stat[at + 1] as number;
    if (key === LINKS_KEY || key >= 0x80 || length >= 0x80) return true;
    at += 2 + length;
  }
  return false;
}
