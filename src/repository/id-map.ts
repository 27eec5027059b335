import { CHUNK_ID_BYTES } from '../model/ids.ts';

const EMPTY = 0xffff_ffff;

/**
 * Chunk ids to numbers below 2^32 − 1: open addressing in two typed arrays, 36 bytes a place, because a push of a million new
 * files would otherwise make a million strings and objects. Ids are HMACs, so their first bytes are hash enough.
 */
export class IdMap {
  #ids = new Uint8Array(1024 * CHUNK_ID_BYTES);
  #values = new Uint32Array(1024).fill(EMPTY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: Uint8Array): number | undefined {
    const value = this.#values[this.#placeOf(id)] as number;
    return value === EMPTY ? undefined : value;
  }

  set(id: Uint8Array, value: number): void {
    if (this.#size * 2 >= this.#values.length) this.#grow();
    const place = this.#placeOf(id);
    if (this.#values[place] === EMPTY) {
      this.#size++;
      this.#ids.set(id, place * CHUNK_ID_BYTES);
    }
    this.#values[place] = value;
  }

  *entries(): Generator<[Uint8Array, number]> {
    for (let place = 0; place < this.#values.length; place++) {
      const value = this.#values[place] as number;
      if (value !== EMPTY) yield [this.#idAt(place), value];
    }
  }

  #placeOf(id: Uint8Array): number {
    const mask = this.#values.length - 1;
    const hash =
      (id[0] as number) | ((id[1] as number) << 8) | ((id[2] as number) << 16) | ((id[3] as number) << 24);
    let place = hash & mask;
    while (this.#values[place] !== EMPTY && !this.#holds(place, id)) place = (place + 1) & mask;
    return place;
  }

  #holds(place: number, id: Uint8Array): boolean {
    const at = place * CHUNK_ID_BYTES;
    for (let i = 0; i < CHUNK_ID_BYTES; i++) if (this.#ids[at + i] !== id[i]) return false;
    return true;
  }

  #idAt(place: number): Uint8Array {
    return this.#ids.subarray(place * CHUNK_ID_BYTES, (place + 1) * CHUNK_ID_BYTES);
  }

  #grow(): void {
    const larger = new IdMap();
    larger.#ids = new Uint8Array(this.#ids.length * 2);
    larger.#values = new Uint32Array(this.#values.length * 2).fill(EMPTY);
    for (const [id, value] of this.entries()) larger.set(id, value);
    this.#ids = larger.#ids;
    this.#values = larger.#values;
  }
}
