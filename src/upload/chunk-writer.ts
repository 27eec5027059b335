import { type CutSizes, cutEnd, partSizes } from '../chunk/cut.ts';
import { gearTable } from '../chunk/gear.ts';
import { chunkIdWith } from '../chunk/id.ts';
import { encodeItem, type ListItem } from '../model/entry.ts';
import { Writer } from '../model/wire.ts';
import { Packer } from '../pack/packer.ts';
import { newPackSealer } from '../repository/sealing.ts';
import { type LanePort, type LaneSettings, question } from './tasks.ts';

/*
 * From bytes to chunks to packs: the part of a lane that has nothing to do with files.
 */

/** A chunk that was cut, as a view into what was read. */
export interface CutChunk {
  bytes: Uint8Array;
  /** Its file had a previous version. */
  edited: boolean;
}

export class ChunkWriter {
  readonly gear: Uint32Array;
  readonly sizes: CutSizes;
  readonly #parts: CutSizes;
  readonly #chunkId: (chunk: Uint8Array) => Uint8Array;
  readonly #settings: LaneSettings;
  readonly #port: LanePort;
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
    const chunks: CutChunk[] = [];
    for (const piece of cutAll(bytes, this.gear, this.sizes)) chunks.push({ bytes: piece, edited });
    return chunks;
  }

  /** Stores the chunks that are not known. @returns for each chunk the items that stand for it */
  async write(chunks: CutChunk[]): Promise<ListItem[][]> {
    const items: ListItem[][] = chunks.map(({ bytes }) => [{ length: bytes.length }]);
    const solid = chunks.map((_, i) => i).filter((i) => !isZero((chunks[i] as CutChunk).bytes));
    const ids = solid.map((i) => this.#chunkId((chunks[i] as CutChunk).bytes));
    if (solid.length === 0) return items;
    const verdicts = await this.#port.ask(
      this.#question(
        solid.map((i) => chunks[i] as CutChunk),
        ids,
      ),
    );
    for (const [n, i] of solid.entries()) {
      const { bytes, edited } = chunks[i] as CutChunk;
      const id = ids[n] as Uint8Array;
      items[i] = [{ length: bytes.length, id }];
      if (verdicts[n] === 'store') await this.#store(id, bytes);
      else if (verdicts[n] === 'refine') items[i] = await this.#storeParts(id, bytes);
      else if (verdicts[n] === 'known' && edited && this.#isDivisible(bytes)) this.#tellParts(id, bytes);
    }
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

  #question(chunks: CutChunk[], ids: Uint8Array[]): { ids: Uint8Array; flags: Uint8Array } {
    const joined = new Uint8Array(ids.length * 32);
    const flags = new Uint8Array(ids.length);
    chunks.forEach(({ bytes, edited }, i) => {
      joined.set(ids[i] as Uint8Array, i * 32);
      if (this.#isDivisible(bytes)) flags[i] = question.divisible | (edited ? question.refinable : 0);
    });
    return { ids: joined, flags };
  }

  #isDivisible(bytes: Uint8Array): boolean {
    return bytes.length > this.#parts.max;
  }

  async #storeParts(whole: Uint8Array, bytes: Uint8Array): Promise<ListItem[]> {
    const parts = [...cutAll(bytes, this.gear, this.#parts)].map((part) => ({ bytes: part, edited: false }));
    const ids = parts.map((part) => this.#chunkId(part.bytes));
    const verdicts = await this.#port.ask(this.#question(parts, ids));
    for (const [i, part] of parts.entries()) {
      if (verdicts[i] === 'store') await this.#store(ids[i] as Uint8Array, part.bytes);
    }
    this.#port.refined(whole, new Uint8Array(0), new Uint32Array(0));
    return parts.map((part, i) => ({ length: part.bytes.length, id: ids[i] as Uint8Array }));
  }

  #tellParts(whole: Uint8Array, bytes: Uint8Array): void {
    const parts = [...cutAll(bytes, this.gear, this.#parts)];
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

  async #store(id: Uint8Array, bytes: Uint8Array): Promise<void> {
    const sent: Promise<void>[] = [];
    const packer = this.#packer ?? this.#begin(sent);
    for (const piece of packer.add(id, bytes)) sent.push(this.#port.piece(packer.id, piece));
    if (packer.size >= this.#settings.packBytes) sent.push(this.finish());
    await Promise.all(sent);
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

function* cutAll(bytes: Uint8Array, gear: Uint32Array, sizes: CutSizes): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const end = cutEnd(bytes, start, bytes.length, gear, sizes);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Bytes that equal themselves shifted by one are all the same. */
function isZero(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  return (
    bytes[0] === 0 && bytes[last] === 0 && Buffer.compare(bytes.subarray(0, last), bytes.subarray(1)) === 0
  );
}

/** Items as they stand in a list; holes that meet become one. */
export function encodeItems(items: ListItem[]): { items: Uint8Array; count: number } {
  const writer = new Writer(items.length * 36);
  let count = 0;
  let hole = 0;
  for (const item of [...items, undefined]) {
    if (item && !item.id) {
      hole += item.length;
      continue;
    }
    if (hole > 0) encodeItem(writer, { length: hole });
    if (hole > 0) count++;
    hole = 0;
    if (item) encodeItem(writer, item);
    if (item) count++;
  }
  return { items: writer.take(), count };
}
