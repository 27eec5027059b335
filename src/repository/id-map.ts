import { release } from '../flow/release.ts';
import { CHUNK_ID_BYTES } from '../model/ids.ts';
import { u32At } from '../model/u32.ts';

const EMPTY = 0xffff_ffff;
const FIRST_PLACES = 1024;
/** Of the places, as many are taken before there are twice as many. */
const MOST_TAKEN = 3 / 4;

/**
 * Chunk ids to numbers below 2^32 − 1: open addressing in two typed arrays, 36 bytes a place, because a push of a million new
 * files would otherwise make a million strings and objects. Ids are HMACs, so their first bytes are hash enough.
 */
export class IdMap {
  #ids = new Uint8Array(FIRST_PLACES * CHUNK_ID_BYTES);
  #values = new Uint32Array(FIRST_PLACES).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: Uint8Array): number | undefined {
    const value = this.#values[this.#placeOf(id, 0)] as number;
    return value === EMPTY ? undefined : value;
  }

  /** @param at where the id stands in `ids`: a view of it for each of a table would cost more than to note it */
  set(ids: Uint8Array, value: number, at = 0): void {
    if (this.#size >= this.#values.length * MOST_TAKEN)
      this.#refill(this.#values.length * 2, (number) => number);
    const place = this.#placeOf(ids, at);
    if (this.#values[place] === EMPTY) {
      this.#size++;
      const start = place * CHUNK_ID_BYTES;
      for (let i = 0; i < CHUNK_ID_BYTES; i++) this.#ids[start + i] = ids[at + i] as number;
    }
    this.#values[place] = value;
  }

  /** The ids are views, until the map changes. */
  *entries(): Generator<[Uint8Array, number]> {
    for (let place = 0; place < this.#values.length; place++) {
      const value = this.#values[place] as number;
      if (value !== EMPTY)
        yield [this.#ids.subarray(place * CHUNK_ID_BYTES, (place + 1) * CHUNK_ID_BYTES), value];
    }
  }

  /** Keeps those ids to which `number` gives one for theirs. */
  renumber(number: (value: number) => number | undefined): void {
    this.#refill(FIRST_PLACES, number);
  }

  #placeOf(ids: Uint8Array, at: number): number {
    const mask = this.#values.length - 1;
    let place = u32At(ids, at) & mask;
    while (this.#values[place] !== EMPTY && !this.#holds(place, ids, at)) place = (place + 1) & mask;
    return place;
  }

  #holds(place: number, ids: Uint8Array, at: number): boolean {
    const start = place * CHUNK_ID_BYTES;
    for (let i = 0; i < CHUNK_ID_BYTES; i++) if (this.#ids[start + i] !== ids[at + i]) return false;
    return true;
  }

  #refill(places: number, number: (value: number) => number | undefined): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Uint8Array(places * CHUNK_ID_BYTES);
    this.#values = new Uint32Array(places).fill(EMPTY);
    this.#size = 0;
    values.forEach((value, place) => {
      const given = value === EMPTY ? undefined : number(value);
      if (given !== undefined) this.set(ids, given, place * CHUNK_ID_BYTES);
    });
    release(ids);
  }
}
