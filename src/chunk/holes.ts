import { isZero } from '../model/zero.ts';
import type { CutSizes } from './cut.ts';

/*
 * Holes (docs/format.md, section 6): blocks of zeros are neither hashed nor stored, and come back as holes. A chunk ends before one;
 * else it went on to its greatest length, and most of a disk image with holes was hashed: 2.1x the CPU of a push of one that was edited.
 */

/** Bytes of a file that are at hand. */
export interface AtHand {
  bytes: Uint8Array;
  /** Of the first of them in the file. */
  position: number;
}

/** Where a chunk or a hole ends. */
interface Cut {
  end: number;
  isHole?: true;
}

/**
 * Cuts what is at hand into chunks and holes, one after the other, as far as they are certain.
 * @param more there are bytes behind those at hand
 * @param cut finds the end of a chunk that begins at `start`, of data that end at `end`
 */
export function cutAll<C extends Cut>(
  atHand: AtHand,
  sizes: CutSizes,
  more: boolean,
  cut: (start: number, end: number) => C,
): (C | Cut)[] {
  const cuts: (C | Cut)[] = [];
  for (let start = 0; start < atHand.bytes.length; ) {
    const next = cutNext(atHand, start, sizes, more, (end) => cut(start, end));
    if (!next) break;
    cuts.push(next);
    start = next.end;
  }
  return cuts;
}

/**
 * Finds the end of what begins at `start`: of a hole, or of a chunk, which ends before the next hole.
 * @param cut finds the end of a chunk of the data that end where it is told
 * @param more there are bytes behind those at hand
 * @returns undefined where more bytes may make it another one: then fewer than `max` + `min` are at hand
 */
function cutNext<C extends Cut>(
  atHand: AtHand,
  start: number,
  sizes: CutSizes,
  more: boolean,
  cut: (end: number) => C,
): C | Cut | undefined {
  const hole = holeEnd(atHand, start, sizes);
  if (hole > start) return { end: hole, isHole: true };
  const { end, unknownFrom } = dataEnd(atHand, start, sizes);
  const chunk = cut(end);
  const isOpen = chunk.end === atHand.bytes.length && chunk.end - start < sizes.max;
  return more && (isOpen || chunk.end > unknownFrom) ? undefined : chunk;
}

/** At most `max` behind `start`; `start` where there is no hole. */
function holeEnd({ bytes, position }: AtHand, start: number, { min, max }: CutSizes): number {
  let end = start;
  if ((position + start) % min !== 0) return end;
  while (end + min - start <= max && isHole(bytes, end, min)) end += min;
  return end;
}

/**
 * The beginning of the next hole, as far as a chunk can reach; else the end of what is at hand. From `unknownFrom` on it depends on
 * bytes that are not at hand whether there is one.
 */
function dataEnd(
  { bytes, position }: AtHand,
  start: number,
  { min, max }: CutSizes,
): { end: number; unknownFrom: number } {
  const first = start + min - ((position + start) % min);
  for (let at = first; at < start + max && at < bytes.length; at += min) {
    if (at + min > bytes.length) return { end: bytes.length, unknownFrom: at };
    if (isHole(bytes, at, min)) return { end: at, unknownFrom: Number.POSITIVE_INFINITY };
  }
  return { end: bytes.length, unknownFrom: Number.POSITIVE_INFINITY };
}

function isHole(bytes: Uint8Array, at: number, length: number): boolean {
  return at + length <= bytes.length && isZero(bytes.subarray(at, at + length));
}
