import { createHash } from 'node:crypto';
import { BmcloudError } from '../errors.ts';
import { release } from '../flow/release.ts';
import { compareIds, sortRows } from './order.ts';
import { ROW_BYTES } from './row.ts';
import { Rows } from './rows.ts';
import { BLOCK_ALIGNMENT, PACK_HEADER_BYTES, type PackKind, type Table } from './table.ts';

/**
 * A chunk that is in memory twice, so that what goes wrong in between shows. `original` is what was read. `bytes` was copied from
 * it first, then hashed for the id, and is what gets sealed; what opens from the sealed block is compared with `original`, and the
 * id in its row with `idCopy`. So a bit that flips in any of the four, from the copy on until the block is sealed, stops the push,
 * and so does a bug of compressor or cipher: sealed bytes, id and original must all agree. To hash the opened block once more
 * proved no more (a bit that flipped before the first hash was in both) and cost 1.3 ms a MiB; to copy and to compare costs 0.2.
 */
export interface TwinChunk {
  id: Uint8Array;
  idCopy: Uint8Array;
  bytes: Uint8Array;
  original: Uint8Array;
}

/** Chunks are collected to about this many bytes before they are compressed and sealed together. */
export const BLOCK_BYTES = 1024 * 1024;
/** Tiny chunks: their rows are sorted, sealed and sent on in memory, several times over. */
const MOST_ROWS = 32_768;

export { PACK_HEADER_BYTES };

const FOOTER_MAGIC = Buffer.from('BMCE', 'latin1');

/** What a packer asks of sealing, for one pack. */
export interface PackSealer {
  id: Uint8Array;
  domain: Uint8Array;
  kind: PackKind;
  /** The object's first 88 bytes. */
  header: Uint8Array;
  ephemeral: Uint8Array;
  commitment: Uint8Array;
  /** Compresses, pads and seals a block. */
  sealBlock(counter: number, chunks: Uint8Array): Uint8Array;
  /** Gives memory of its own: it is released. */
  openBlock(counter: number, sealed: Uint8Array): Uint8Array;
  /** Salt, commitment and frame of the directory. */
  sealDirectory(table: Table): Uint8Array;
}

/**
 * Builds one pack (docs/format.md, section 6): takes chunks, gives out the object's bytes piece by piece, in order.
 * Every piece it returns must be stored, once, in the order returned.
 */
export class Packer {
  readonly #sealer: PackSealer;
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #originals = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #blockLength = 0;
  /** Copies of the ids in the last rows, whose block is not sealed yet. */
  #pendingIds: Uint8Array[] = [];
  readonly #rows = new Rows();
  /** Bytes given out so far. */
  size = 0;

  constructor(sealer: PackSealer) {
    this.#sealer = sealer;
  }

  get id(): Uint8Array {
    return this.#sealer.id;
  }

  /** True once it has so many bytes, or as many chunks as a pack may have. */
  isFull(bytes: number): boolean {
    return this.size >= bytes || this.#rows.count >= MOST_ROWS;
  }

  /** The first piece. */
  begin(): Uint8Array {
    return this.#give(this.#sealer.header);
  }

  /** Adds a chunk, which is copied, but for `idCopy`; returns the block that this filled, if one was. */
  add(chunk: TwinChunk): Uint8Array[] {
    const { bytes, original } = chunk;
    const pieces = this.#blockLength + bytes.length > BLOCK_BYTES ? this.flush() : [];
    if (bytes.length >= BLOCK_BYTES) {
      this.#addRow(chunk, 0);
      pieces.push(this.#seal(bytes, original));
      return pieces;
    }
    this.#block.set(bytes, this.#blockLength);
    this.#originals.set(original, this.#blockLength);
    this.#addRow(chunk, this.#blockLength);
    this.#blockLength += bytes.length;
    return pieces;
  }

  /** Seals what was collected. */
  flush(): Uint8Array[] {
    if (this.#blockLength === 0) return [];
    const bytes = this.#block.subarray(0, this.#blockLength);
    const block = this.#seal(bytes, this.#originals.subarray(0, this.#blockLength));
    this.#blockLength = 0;
    return [block];
  }

  /** The last pieces, and the table of the finished pack. */
  finish(): { pieces: Uint8Array[]; table: Table } {
    const pieces = this.flush();
    const rows = sortRows(this.#rows.bytes);
    const nothing = new Uint8Array(0);
    const row = {
      id: this.#sealer.id,
      domain: this.#sealer.domain,
      kind: this.#sealer.kind,
      size: 0,
      hash: new Uint8Array(32),
      ephemeral: this.#sealer.ephemeral,
      commitment: this.#sealer.commitment,
    };
    const table: Table = { packs: [row], rows, refined: nothing, superseded: [] };
    pieces.push(...this.#giveDirectory(this.#sealer.sealDirectory(table)));
    const finished = { ...row, size: this.size, hash: new Uint8Array(this.#hash.digest()) };
    return { pieces, table: { ...table, packs: [finished] } };
  }

  #giveDirectory(directory: Uint8Array): Uint8Array[] {
    const footer = Buffer.alloc(8);
    footer.writeUInt32LE(directory.length);
    footer.set(FOOTER_MAGIC, 4);
    return [this.#give(directory), this.#give(footer)];
  }

  #addRow({ id, idCopy, bytes: { length } }: TwinChunk, offset: number): void {
    // The block's place and length are known once it is sealed.
    this.#rows.add(id, { pack: 0, block: 0, blockLength: 0, offset, length });
    this.#pendingIds.push(idCopy);
  }

  #seal(bytes: Uint8Array, original: Uint8Array): Uint8Array {
    const counter = (this.size - PACK_HEADER_BYTES) / BLOCK_ALIGNMENT;
    const sealed = this.#sealer.sealBlock(counter, bytes);
    const opened = this.#sealer.openBlock(counter, sealed);
    if (Buffer.compare(opened, original) !== 0 || !this.#hasItsIds()) throw notAsSealed();
    release(opened);
    this.#settleRows(counter, sealed.length / BLOCK_ALIGNMENT);
    return this.#give(sealed);
  }

  #hasItsIds(): boolean {
    const { bytes, count } = this.#rows;
    const first = count - this.#pendingIds.length;
    return this.#pendingIds.every((id, i) => compareIds(bytes, (first + i) * ROW_BYTES, id, 0) === 0);
  }

  #settleRows(block: number, blockLength: number): void {
    const { bytes, count } = this.#rows;
    const view = new DataView(bytes.buffer);
    for (let row = count - this.#pendingIds.length; row < count; row++) {
      view.setUint32(row * ROW_BYTES + 36, block, true);
      view.setUint32(row * ROW_BYTES + 40, blockLength, true);
    }
    this.#pendingIds = [];
  }

  #give(piece: Uint8Array): Uint8Array {
    this.#hash.update(piece);
    this.size += piece.length;
    return piece;
  }
}

/** A compressor's bug or bad memory must show before the only copy of the original is gone. */
function notAsSealed(): BmcloudError {
  return new BmcloudError(
    'internal',
    'A block does not open to what was sealed: the memory of this machine may be bad',
    { hint: 'Nothing wrong was stored. Test the memory, then push again' },
  );
}

/** The length in bytes of a pack's directory, from its last 8 bytes; undefined if that is no footer. */
export function directoryLength(footer: Uint8Array): number | undefined {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.byteLength);
  if (bytes.length !== 8 || !bytes.subarray(4).equals(FOOTER_MAGIC)) return undefined;
  return bytes.readUInt32LE(0);
}

export const PACK_FOOTER_BYTES = 8;

/** The key of a pack in the store. */
export function packName(kind: PackKind, id: Uint8Array): string {
  const hex = Buffer.from(id).toString('hex');
  return `packs/${kind}/${hex.slice(0, 2)}/${hex}`;
}
