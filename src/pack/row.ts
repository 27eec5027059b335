import { u32At } from '../model/u32.ts';

/*
 * Rows of tables (docs/format.md, section 6): a chunk's id, and where its bytes lie.
 */

/** Of a row. Rows stay bytes: there are too many for objects. */
export const ROW_BYTES = 52;

/** Where a chunk's bytes lie. */
export interface ChunkPlace {
  /** Position in the table's packs. */
  pack: number;
  /** The block's offset in its pack after the header, in units of 4,096 bytes: also the counter of its nonce. */
  block: number;
  /** Sealed length of the block in units of 4,096 bytes. */
  blockLength: number;
  /** Of the chunk in the decoded block, in bytes. */
  offset: number;
  /** Of the chunk, in bytes. */
  length: number;
}

/** Writes a row at a position of `rows`. */
export function writeRow(rows: Uint8Array, at: number, id: Uint8Array, place: ChunkPlace): void {
  rows.set(id, at);
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  view.setUint32(at + 32, place.pack, true);
  view.setUint32(at + 36, place.block, true);
  view.setUint32(at + 40, place.blockLength, true);
  view.setUint32(at + 44, place.offset, true);
  view.setUint32(at + 48, place.length, true);
}

export function placeAt(rows: Uint8Array, at: number): ChunkPlace {
  return {
    pack: u32At(rows, at + 32),
    block: u32At(rows, at + 36),
    blockLength: u32At(rows, at + 40),
    offset: u32At(rows, at + 44),
    length: u32At(rows, at + 48),
  };
}

/** Gives the packs of rows other positions, in place. @param numbers by the position that each has */
export function renumberRows(rows: Uint8Array, numbers: number[]): void {
  for (let at = 32; at < rows.length; at += ROW_BYTES) {
    const number = numbers[u32At(rows, at)] as number;
    rows[at] = number;
    rows[at + 1] = number >>> 8;
    rows[at + 2] = number >>> 16;
    rows[at + 3] = number >>> 24;
  }
}
