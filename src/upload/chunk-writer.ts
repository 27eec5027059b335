import { type CutSizes, cutEnd, partSizes } from '../chunk/cut.ts';
import { gearTable } from '../chunk/gear.ts';
import { cutAll } from '../chunk/holes.ts';
import { chunkIdWith } from '../chunk/id.ts';
import { cutMarked, type MarkedCut, partEnds } from '../chunk/parts.ts';
import { BmcloudError } from '../errors.ts';
import { ReusedBuffers } from '../flow/reused-buffers.ts';
import type { ListItem } from '../model/entry.ts';
import { CHUNK_ID_BYTES } from '../model/ids.ts';
import { isZero } from '../model/zero.ts';
import { Packer, type TwinChunk } from '../pack/packer.ts';
import type { Verdict } from '../repository/known-chunks.ts';
import { newPackSealer } from '../repository/sealing.ts';
import { type LanePort, type LaneSettings, question } from './tasks.ts';

/*
 * From bytes to chunks to packs: the part of a lane that has nothing to do with files.
 */

/** As many bytes are copied, and asked about, at once: a whole task of small files, but not the window of a large one (16 MB of memory). */
const COPIED_BYTES = 1024 * 1024;

/** A chunk that was cut, as a view into what was read. */
export interface CutChunk {
  bytes: Uint8Array;
  /** Its file had a previous version. */
  edited: boolean;
  /** See `MarkedCut`. */
  marks?: number[] | undefined;
  /** It is known to be all zeros. */
  isHole?: true;
}

/** One that has its id. */
interface NamedChunk extends TwinChunk {
  /** It is stored in parts if it is not known: `bytes` is no copy. */
  refinable: boolean;
  marks: number[] | undefined;
}

export class ChunkWriter {
  readonly gear: Uint32Array;
  readonly sizes: CutSizes;
  readonly #parts: CutSizes;
  readonly #chunkId: (chunk: Uint8Array) => Uint8Array;
  readonly #settings: LaneSettings;
  readonly #port: LanePort;
  readonly #copies = new ReusedBuffers();
  #packer: Packer | undefined;

  constructor(settings: LaneSettings, port: LanePort) {
    this.#settings = settings;
    this.#port = port;
    this.sizes = settings.sizes;
    this.#parts = partSizes(settings.sizes);
    this.gear = gearTable(settings.write.own.gear);
    this.#chunkId = chunkIdWith(settings.write.own.id);
  }

  /**
   * Cuts bytes of a file.
   * @param more there are bytes behind them: a chunk that ends where they do is certain only if it has the greatest length
   * @param position of the first of them in the file
   * @returns the chunks that are certain
   */
  cut(bytes: Uint8Array, edited: boolean, more = false, position = 0): CutChunk[] {
    const cuts = cutAll<MarkedCut>({ bytes, position }, this.sizes, more, (start, end) =>
      this.#cutOne(bytes, start, end, edited),
    );
    return cuts.map(({ end, ...facts }, i) => ({
      bytes: bytes.subarray(cuts[i - 1]?.end ?? 0, end),
      edited,
      ...facts,
    }));
  }

  #cutOne(bytes: Uint8Array, start: number, end: number, edited: boolean): MarkedCut {
    const { gear, sizes } = this;
    // Most files are one chunk.
    if (!edited || end - start <= sizes.min) return { end: cutEnd(bytes, start, end, gear, sizes) };
    return cutMarked(bytes, start, end, gear, sizes);
  }

  /** Stores the chunks that are not known. @returns for each chunk the items that stand for it */
  async write(chunks: CutChunk[]): Promise<ListItem[][]> {
    const lengths = chunks.map(({ bytes }) => bytes.length);
    const items: ListItem[][] = [];
    for (const group of this.#groups(chunks)) items.push(...(await this.#writeGroup(group)));
    if (!items.every((own, i) => own.reduce((sum, { length }) => sum + length, 0) === lengths[i]))
      throw new BmcloudError('internal', 'What stands for a chunk is not as long as the chunk');
    return items;
  }

  /** Groups of which about `COPIED_BYTES` are copied, or of one chunk. */
  #groups(chunks: CutChunk[]): CutChunk[][] {
    const groups: CutChunk[][] = [];
    let room = 0;
    for (const chunk of chunks) {
      const copied = this.#copiedBytes(chunk);
      const group = groups.at(-1);
      if (group && copied <= room) group.push(chunk);
      else groups.push([chunk]);
      room = (group && copied <= room ? room : COPIED_BYTES) - copied;
    }
    return groups;
  }

  async #writeGroup(chunks: CutChunk[]): Promise<ListItem[][]> {
    const items: ListItem[][] = chunks.map(({ bytes }) => [{ length: bytes.length }]);
    const solid = chunks.flatMap((chunk, i) =>
      chunk.isHole || isZero(chunk.bytes) ? [] : [{ ...chunk, i }],
    );
    if (solid.length === 0) return items;
    const memory = this.#copies.take(solid.reduce((sum, chunk) => sum + this.#copiedBytes(chunk), 0));
    const named = this.#named(solid, memory);
    const verdicts = await this.#ask(named);
    // Edits come where edits were: only what lies near one is worth finding by its parts.
    const isNearEdit = verdicts.includes('refine');
    for (const [n, { i }] of solid.entries()) {
      const chunk = named[n] as NamedChunk;
      const { id, bytes, refinable } = chunk;
      items[i] = [{ length: bytes.length, id }];
      const sent = verdicts[n] === 'store' ? this.#store(chunk) : [];
      if (sent.length > 0) await Promise.all(sent);
      if (verdicts[n] === 'refine') items[i] = await this.#storeParts(chunk);
      else if (isNearEdit && verdicts[n] === 'known' && refinable) this.#tellParts(chunk);
    }
    this.#copies.give(memory);
    return items;
  }

  /** Ends the pack under way. */
  async finish(): Promise<void> {
    const packer = this.#packer;
    if (!packer) return;
    this.#packer = undefined;
    const { pieces, table } = packer.finish();
    for (const piece of pieces) await this.#port.piece(packer.id, piece);
    this.#port.packEnds(packer.id, table);
  }

  /** A chunk of an edited file that is worth cutting finer is never stored as it is: it is not copied to be named. Nor is a hole. */
  #copiedBytes({ bytes, edited, isHole }: CutChunk): number {
    return isHole || (edited && this.#isDivisible(bytes)) ? 0 : bytes.length;
  }

  /** @param memory for copies of the chunks */
  #named(chunks: CutChunk[], memory: Buffer): NamedChunk[] {
    const ids = new Uint8Array(chunks.length * CHUNK_ID_BYTES);
    let end = 0;
    return chunks.map((chunk, i) => {
      const { bytes: original, marks } = chunk;
      const copied = this.#copiedBytes(chunk);
      const refinable = copied === 0;
      const bytes = refinable ? original : memory.subarray(end, end + copied);
      if (!refinable) bytes.set(original);
      end += copied;
      const id = this.#chunkId(bytes);
      const idCopy = ids.subarray(i * CHUNK_ID_BYTES, (i + 1) * CHUNK_ID_BYTES);
      idCopy.set(id);
      return { id, idCopy, bytes, original, refinable, marks };
    });
  }

  async #ask(chunks: Pick<NamedChunk, 'id' | 'bytes' | 'refinable'>[]): Promise<Verdict[]> {
    const ids = new Uint8Array(chunks.length * CHUNK_ID_BYTES);
    const flags = new Uint8Array(chunks.length);
    chunks.forEach(({ id, bytes, refinable }, i) => {
      ids.set(id, i * CHUNK_ID_BYTES);
      if (this.#isDivisible(bytes)) flags[i] = question.divisible | (refinable ? question.refinable : 0);
    });
    return await this.#port.ask({ ids, flags });
  }

  #isDivisible(bytes: Uint8Array): boolean {
    return bytes.length > this.#parts.max;
  }

  async #storeParts(whole: NamedChunk): Promise<ListItem[]> {
    const memory = this.#copies.take(whole.original.length);
    memory.set(whole.original);
    const parts = this.#partsOf(memory, whole.marks).map((bytes) => {
      const at = bytes.byteOffset - memory.byteOffset;
      const original = whole.original.subarray(at, at + bytes.length);
      const id = this.#chunkId(bytes);
      return { id, idCopy: id.slice(), bytes, original, refinable: false };
    });
    const verdicts = await this.#ask(parts);
    await Promise.all(parts.flatMap((part, i) => (verdicts[i] === 'store' ? this.#store(part) : [])));
    const items = parts.map(({ id, bytes }) => ({ length: bytes.length, id }));
    this.#copies.give(memory);
    this.#port.refined(whole.id, new Uint8Array(0), new Uint32Array(0));
    return items;
  }

  #tellParts({ id: whole, bytes, marks }: NamedChunk): void {
    const parts = this.#partsOf(bytes, marks);
    const ids = new Uint8Array(parts.length * CHUNK_ID_BYTES);
    parts.forEach((part, i) => {
      ids.set(this.#chunkId(part), i * CHUNK_ID_BYTES);
    });
    this.#port.refined(
      whole,
      ids,
      Uint32Array.from(parts, (part) => part.length),
    );
  }

  #partsOf(chunk: Uint8Array, marks: number[] | undefined): Uint8Array[] {
    const ends = partEnds(chunk, this.gear, this.sizes, marks);
    return ends.map((end, i) => chunk.subarray(ends[i - 1] ?? 0, end));
  }

  /** What was sent: nothing, for most chunks, and nothing is cheaper to wait for than a promise. */
  #store(chunk: TwinChunk): Promise<void>[] {
    const sent: Promise<void>[] = [];
    const packer = this.#packer ?? this.#begin(sent);
    for (const piece of packer.add(chunk)) sent.push(this.#port.piece(packer.id, piece));
    if (packer.isFull(this.#settings.packBytes)) sent.push(this.finish());
    return sent;
  }

  #begin(sent: Promise<void>[]): Packer {
    const { write, level } = this.#settings;
    const packer = new Packer(newPackSealer(write, 'data', { level }));
    this.#packer = packer;
    this.#port.packBegins(packer.id);
    sent.push(this.#port.piece(packer.id, packer.begin()));
    return packer;
  }
}
