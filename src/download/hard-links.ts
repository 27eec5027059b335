import { linkKeyOf, type Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';
import { placeOf, type Target } from './target.ts';
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
  readonly #target: Target;
  /** Paths, as strings of bytes: there may be millions, and views of bytes take twice as much. */
  readonly #first = new Map<string, string>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** No file that was restored has several names. */
  get isEmpty(): boolean {
    return this.#first.size === 0;
  }

  /** Notes the first name of a file; false for every other. */
  isFirst({ path }: Pick<Found, 'path'>, stat: Stat): boolean {
    const key = linkKeyOf(stat);
    if (key === undefined) return true;
    if (this.#first.has(key)) return false;
    this.#first.set(key, textOf(path));
    return true;
  }

  /** What is at the first name stays, whatever it is: the next one is the first. */
  forget(stat: Stat): void {
    const key = linkKeyOf(stat);
    if (key !== undefined) this.#first.delete(key);
  }

  /** The first name; undefined if this is the first itself, or the only one. */
  firstOf({ path: own }: Pick<Found, 'path'>, stat: Stat): FirstName | undefined {
    const key = linkKeyOf(stat);
    const first = key === undefined ? undefined : this.#first.get(key);
    if (first === undefined || first === textOf(own)) return undefined;
    const path = Buffer.from(first, 'latin1');
    return { path, place: placeOf(this.#target, path, false) };
  }
}

function textOf(path: Uint8Array): string {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString('latin1');
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
