import { toHex } from '../model/ids.ts';
import { compareIds, findRow } from '../pack/order.ts';
import { packName } from '../pack/packer.ts';
import { placeAt, ROW_BYTES } from '../pack/row.ts';
import type { PackRow, Table } from '../pack/table.ts';

/** Why a chunk cannot be read. */
export interface BadChunk {
  where: string;
  what: string;
}

/** Which chunks can be read, from the tables of the index and what was found wrong with packs. */
export class ChunkCheck {
  readonly table: Table;
  readonly #badPacks = new Map<number, BadChunk>();
  readonly #badRows = new Map<number, BadChunk>();

  constructor(table: Table) {
    this.table = table;
  }

  get count(): number {
    return this.table.rows.length / ROW_BYTES;
  }

  pack(number: number): PackRow {
    return this.table.packs[number] as PackRow;
  }

  /** All of a pack is lost. */
  losePack(number: number, what: string): void {
    this.#badPacks.set(number, { where: nameOf(this.pack(number)), what });
  }

  /** The chunk of one row is lost. @param at the row's position in the table */
  loseRow(at: number, pack: number, what: string): void {
    this.#badRows.set(at, { where: nameOf(this.pack(pack)), what });
  }

  isLost(pack: number): boolean {
    return this.#badPacks.has(pack);
  }

  /** Why a chunk cannot be read; undefined when one of its rows is good. */
  problemOf(id: Uint8Array): BadChunk | undefined {
    const { rows } = this.table;
    let bad: BadChunk | undefined = {
      where: 'index/',
      what: `chunk ${toHex(id).slice(0, 16)} is in no index`,
    };
    const first = findRow(rows, id);
    for (
      let at = first;
      at !== -1 && at < rows.length && compareIds(rows, at, id, 0) === 0;
      at += ROW_BYTES
    ) {
      bad = this.#badPacks.get(placeAt(rows, at).pack) ?? this.#badRows.get(at);
      if (!bad) return undefined;
    }
    return bad;
  }
}

function nameOf({ kind, id }: PackRow): string {
  return packName(kind, id);
}
