import type { PackRow } from '../pack/table.ts';
import { blockRange } from '../repository/blocks.ts';
import type { FoundChunk } from '../repository/table-file.ts';

/*
 * From the chunks that are wanted to the ranges of packs that are read: pure.
 */

/** A wanted chunk and where it lies; `piece` is whatever the asker knows it by. */
export interface Wanted<P> extends FoundChunk {
  piece: P;
}

/** A block, and what is wanted of it. */
export interface WantedBlock<P> {
  /** In bytes of the pack. */
  start: number;
  end: number;
  /** The counter of its nonce. */
  counter: number;
  pieces: Wanted<P>[];
}

/** Bytes of a pack to read at once, with the blocks in them in order. */
export interface Range<P> {
  pack: PackRow;
  start: number;
  end: number;
  blocks: WantedBlock<P>[];
}

/** Reading this many bytes for nothing costs less than another request. */
const GAP = 128 * 1024;
const MAX_RANGE = 8 * 1024 * 1024;

/** The ranges that hold all wanted chunks: every block once, neighbours together. In the order of the packs given first. */
export function planRanges<P>(wanted: Wanted<P>[], limits = { gap: GAP, range: MAX_RANGE }): Range<P>[] {
  const packs = new Map<string, Wanted<P>[]>();
  for (const one of wanted) {
    const name = packKeyOf(one.pack);
    const others = packs.get(name);
    if (others) others.push(one);
    else packs.set(name, [one]);
  }
  return [...packs.values()].flatMap((ofPack) =>
    rangesOf(blocksOf(ofPack), (ofPack[0] as Wanted<P>).pack, limits),
  );
}

const names = new WeakMap<PackRow, string>();

function packKeyOf(pack: PackRow): string {
  let name = names.get(pack);
  if (name === undefined) {
    name = Buffer.from(pack.id).toString('latin1');
    names.set(pack, name);
  }
  return name;
}

function blocksOf<P>(wanted: Wanted<P>[]): WantedBlock<P>[] {
  const blocks = new Map<number, WantedBlock<P>>();
  for (const one of wanted) {
    const { block: counter } = one.place;
    const block = blocks.get(counter);
    if (block) block.pieces.push(one);
    else blocks.set(counter, { ...blockRange(one.place), counter, pieces: [one] });
  }
  return [...blocks.values()].sort((a, b) => a.start - b.start);
}

function rangesOf<P>(
  blocks: WantedBlock<P>[],
  pack: PackRow,
  limits: { gap: number; range: number },
): Range<P>[] {
  const ranges: Range<P>[] = [];
  for (const block of blocks) {
    const last = ranges.at(-1);
    if (last && block.start - last.end <= limits.gap && block.end - last.start <= limits.range) {
      last.end = Math.max(last.end, block.end);
      last.blocks.push(block);
    } else ranges.push({ pack, start: block.start, end: block.end, blocks: [block] });
  }
  return ranges;
}
