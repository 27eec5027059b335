import { toHex } from '../model/ids.ts';
import { u32At } from '../model/u32.ts';
import { packName } from '../pack/packer.ts';
import { type ChunkPlace, placeAt, ROW_BYTES } from '../pack/row.ts';
import type { PackRow } from '../pack/table.ts';
import type { TableFile } from '../repository/table-file.ts';

/** Why a chunk cannot be read. */
export interface BadChunk {
  where: string;
  what: string;
}

/** Which chunks can be read, from the index and what was found wrong with packs. */
export class ChunkCheck {
  readonly #index: TableFile | undefined;
  readonly #badPacks = new Map<number, BadChunk>();
  readonly #badRows = new Map<string, BadChunk>();

  /** @param index absent where it is empty */
  constructor(index: TableFile | undefined) {
    this.#index = index;
  }

  /** Rows of chunks. */
  get count(): number {
    return this.#index?.count ?? 0;
  }

  get packCount(): number {
    return this.#index?.packCount ?? 0;
  }

  /** All packs, in the order of their numbers. */
  packs(): Iterable<PackRow> {
    return this.#index?.packs() ?? [];
  }

  /** How many rows each pack has, by its number. */
  rowCounts(): Uint32Array {
    const counts = new Uint32Array(this.packCount);
    for (const rows of this.#index?.rows() ?? [])
      for (let at = 0; at < rows.length; at += ROW_BYTES) (counts[packAt(rows, at)] as number)++;
    return counts;
  }

  /** The rows of some packs, by the numbers of these. @param sizes how many each has, in all: from `rowCounts` */
  rowsOf(packs: number[], sizes: Uint32Array): Map<number, Uint8Array> {
    const found = new Map(packs.map((pack) => [pack, new Uint8Array((sizes[pack] ?? 0) * ROW_BYTES)]));
    const filled = new Map(packs.map((pack) => [pack, 0]));
    for (const rows of this.#index?.rows() ?? []) {
      for (let at = 0; at < rows.length; at += ROW_BYTES) {
        const pack = packAt(rows, at);
        const end = filled.get(pack);
        if (end === undefined) continue;
        found.get(pack)?.set(rows.subarray(at, at + ROW_BYTES), end);
        filled.set(pack, end + ROW_BYTES);
      }
    }
    return found;
  }

  /** All of a pack is lost. */
  losePack(number: number, pack: PackRow, what: string): void {
    this.#badPacks.set(number, { where: nameOf(pack), what });
  }

  /** The chunk of one row is lost. */
  loseRow(id: Uint8Array, place: ChunkPlace, pack: PackRow, what: string): void {
    this.#badRows.set(keyOf(id, place), { where: nameOf(pack), what });
  }

  isLost(pack: number): boolean {
    return this.#badPacks.has(pack);
  }

  /** Why a chunk cannot be read; undefined when one of its rows is good. */
  problemOf(id: Uint8Array): BadChunk | undefined {
    let bad: BadChunk | undefined;
    const good = this.#index?.find(id, (_, place) => {
      const wrong = this.#problemAt(id, place);
      bad = wrong ?? bad;
      return !wrong;
    });
    if (good) return undefined;
    return bad ?? { where: 'index/', what: `chunk ${toHex(id).slice(0, 16)} is in no index` };
  }

  #problemAt(id: Uint8Array, place: ChunkPlace): BadChunk | undefined {
    const lost = this.#badPacks.get(place.pack);
    return lost ?? (this.#badRows.size > 0 ? this.#badRows.get(keyOf(id, place)) : undefined);
  }
}

function packAt(rows: Uint8Array, at: number): number {
  return u32At(rows, at + 32);
}

function keyOf(id: Uint8Array, { pack, block, offset }: ChunkPlace): string {
  return `${toHex(id)}:${pack}:${block}:${offset}`;
}

function nameOf({ kind, id }: PackRow): string {
  return packName(kind, id);
}

/** Rows in the order in which their blocks lie. */
export function placesInOrder(rows: Uint8Array): { id: Uint8Array; place: ChunkPlace }[] {
  const found = Array.from({ length: rows.length / ROW_BYTES }, (_, i) => ({
    id: rows.subarray(i * ROW_BYTES, i * ROW_BYTES + 32),
    place: placeAt(rows, i * ROW_BYTES),
  }));
  return found.sort((a, b) => a.place.block - b.place.block);
}
