import { type CutSizes, cutEnd, partSizes } from '../chunk/cut.ts';
import { gearTable } from '../chunk/gear.ts';
import { chunkIdWith } from '../chunk/id.ts';
import { encodeItem, type ListItem } from '../model/entry.ts';
import { Writer } from '../model/wire.ts';
import { Packer, type TwinChunk } from '../pack/packer.ts';
import type { Verdict } from '../repository/known-chunks.ts';
import { newPackSealer } from '../repository/sealing.ts';
import { ReadBuffers } from './read-buffers.ts';
import { type LanePort, type LaneSettings, question } from './tasks.ts';

/*
 * From bytes to chunks to packs: the part of a lane that has nothing to do with files.
 */

const ID_BYTES = 32;
/** As many bytes are copied, and asked about, at once: a whole task of small files, but not the window of a large one (16 MB of memory). */
const COPIED_BYTES = 1024 * 1024;

/** A chunk that was cut, as a view into what was read. */
export interface CutChunk {
  bytes: Uint8Array;
  /** Its file had a previous version. */
  edited: boolean;
}

/** One that has its id. */
interface NamedChunk extends TwinChunk {
  edited: boolean;
}

export class ChunkWriter {
  readonly gear: Uint32Array;
  readonly sizes: CutSizes;
  readonly #parts: CutSizes;
  readonly #chunkId: (chunk: Uint8Array) => Uint8Array;
  readonly #settings: LaneSettings;
  readonly #port: LanePort;
  readonly #copies = new ReadBuffers();
  #packer: Packer | undefined;

  constructor(settings: LaneSettings, port: LanePort) {
    this.#settings = settings;
    this.#port = port;
    this.sizes = settings.sizes;
    this.#parts = partSizes(settings.sizes);
    this.gear = gearTable(settings.write.own.gear);
    this.#chunkId = chunkIdWith(settings.write.own.id);
  }

  /** Cuts bytes that are a whole file, or go on to the end of one. */
  cut(bytes: Uint8Array, edited: boolean): CutChunk[] {
    // Most files, and one object less each.
    if (bytes.length > 0 && bytes.length <= this.sizes.min) return [{ bytes, edited }];
    return cutAll(bytes, this.gear, this.sizes).map((piece) => ({ bytes: piece, edited }));
  }

  /** Stores the chunks that are not known. @returns for each chunk the items that stand for it */
  async write(chunks: CutChunk[]): Promise<ListItem[][]> {
    const items: ListItem[][] = [];
    for (const group of groupsOf(chunks)) items.push(...(await this.#writeGroup(group)));
    return items;
  }

  async #writeGroup(chunks: CutChunk[]): Promise<ListItem[][]> {
    const items: ListItem[][] = chunks.map(({ bytes }) => [{ length: bytes.length }]);
    const solid = chunks.flatMap((chunk, i) => (isZero(chunk.bytes) ? [] : [{ ...chunk, i }]));
    if (solid.length === 0) return items;
    const memory = this.#copies.take(solid.reduce((sum, { bytes }) => sum + bytes.length, 0));
    const named = this.#named(solid, memory);
    const verdicts = await this.#ask(named);
    for (const [n, { i }] of solid.entries()) {
      const chunk = named[n] as NamedChunk;
      const { id, bytes, edited } = chunk;
      items[i] = [{ length: bytes.length, id }];
      const sent = verdicts[n] === 'store' ? this.#store(chunk) : [];
      if (sent.length > 0) await Promise.all(sent);
      if (verdicts[n] === 'refine') items[i] = await this.#storeParts(chunk);
      else if (verdicts[n] === 'known' && edited && this.#isDivisible(bytes)) this.#tellParts(id, bytes);
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

  /** @param memory for copies of the chunks */
  #named(chunks: CutChunk[], memory: Buffer): NamedChunk[] {
    const ids = new Uint8Array(chunks.length * ID_BYTES);
    let end = 0;
    return chunks.map(({ bytes: original, edited }, i) => {
      const bytes = memory.subarray(end, end + original.length);
      bytes.set(original);
      end += original.length;
      const id = this.#chunkId(bytes);
      const idCopy = ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES);
      idCopy.set(id);
      return { id, idCopy, bytes, original, edited };
    });
  }

  async #ask(chunks: NamedChunk[]): Promise<Verdict[]> {
    const ids = new Uint8Array(chunks.length * ID_BYTES);
    const flags = new Uint8Array(chunks.length);
    chunks.forEach(({ id, bytes, edited }, i) => {
      ids.set(id, i * ID_BYTES);
      if (this.#isDivisible(bytes)) flags[i] = question.divisible | (edited ? question.refinable : 0);
    });
    return await this.#port.ask({ ids, flags });
  }

  #isDivisible(bytes: Uint8Array): boolean {
    return bytes.length > this.#parts.max;
  }

  async #storeParts(whole: NamedChunk): Promise<ListItem[]> {
    let end = 0;
    const parts = cutAll(whole.bytes, this.gear, this.#parts).map((bytes) => {
      const original = whole.original.subarray(end, end + bytes.length);
      end += bytes.length;
      const id = this.#chunkId(bytes);
      return { id, idCopy: id.slice(), bytes, original, edited: false };
    });
    const verdicts = await this.#ask(parts);
    await Promise.all(parts.flatMap((part, i) => (verdicts[i] === 'store' ? this.#store(part) : [])));
    this.#port.refined(whole.id, new Uint8Array(0), new Uint32Array(0));
    return parts.map(({ id, bytes }) => ({ length: bytes.length, id }));
  }

  #tellParts(whole: Uint8Array, bytes: Uint8Array): void {
    const parts = cutAll(bytes, this.gear, this.#parts);
    const ids = new Uint8Array(parts.length * 32);
    parts.forEach((part, i) => {
      ids.set(this.#chunkId(part), i * 32);
    });
    this.#port.refined(
      whole,
      ids,
      Uint32Array.from(parts, (part) => part.length),
    );
  }

  /** What was sent: nothing, for most chunks, and nothing is cheaper to wait for than a promise. */
  #store(chunk: NamedChunk): Promise<void>[] {
    const sent: Promise<void>[] = [];
    const packer = this.#packer ?? this.#begin(sent);
    for (const piece of packer.add(chunk)) sent.push(this.#port.piece(packer.id, piece));
    if (packer.size >= this.#settings.packBytes) sent.push(this.finish());
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

/** Groups of about `COPIED_BYTES`, or of one chunk. */
function groupsOf(chunks: CutChunk[]): CutChunk[][] {
  const groups: CutChunk[][] = [];
  let room = 0;
  for (const chunk of chunks) {
    const group = groups.at(-1);
    if (group && chunk.bytes.length <= room) group.push(chunk);
    else groups.push([chunk]);
    room = (group && chunk.bytes.length <= room ? room : COPIED_BYTES) - chunk.bytes.length;
  }
  return groups;
}

function cutAll(bytes: Uint8Array, gear: Uint32Array, sizes: CutSizes): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = cutEnd(bytes, start, bytes.length, gear, sizes);
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Bytes that equal themselves shifted by one are all the same. */
function isZero(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  return (
    bytes[0] === 0 && bytes[last] === 0 && Buffer.compare(bytes.subarray(0, last), bytes.subarray(1)) === 0
  );
}

const scratch = new Writer(4096);

/** Items as they stand in a list; holes that meet become one. */
export function encodeItems(items: ListItem[]): { items: Uint8Array; count: number } {
  scratch.length = 0;
  let count = 0;
  let hole = 0;
  for (const item of items) {
    if (!item.id) {
      hole += item.length;
      continue;
    }
    if (hole > 0) encodeItem(scratch, { length: hole });
    if (hole > 0) count++;
    hole = 0;
    encodeItem(scratch, item);
    count++;
  }
  if (hole > 0) encodeItem(scratch, { length: hole });
  return { items: scratch.take(), count: hole > 0 ? count + 1 : count };
}
