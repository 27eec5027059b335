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
  const view = viewOf(rows);
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

/** The position of a row's pack in the table's packs. */
export function packOfRow(row: Uint8Array): number {
  return u32At(row, 32);
}

/** Gives a row's pack another position; without a DataView, too. */
export function renumberRow(row: Uint8Array, pack: number): void {
  row[32] = pack;
  row[33] = pack >>> 8;
  row[34] = pack >>> 16;
  row[35] = pack >>> 24;
}

/** Without a DataView, which would have to be made for each row. */
function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
