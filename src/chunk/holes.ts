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

/** Where data that begin somewhere end. */
export interface DataEnd {
  /** The beginning of the next hole, if that is near; else the end of what is at hand. */
  end: number;
  /** From here on it depends on bytes that are not at hand whether there is a hole; −1: on none. */
  unknownFrom: number;
}

/** The end of the hole that begins at `start`, at most `sizes.max` behind it; `start` where there is none. */
export function holeEnd({ bytes, position }: AtHand, start: number, { min, max }: CutSizes): number {
  let end = start;
  if ((position + start) % min !== 0) return end;
  while (end + min - start <= max && isHole(bytes, end, min)) end += min;
  return end;
}

/** Looks for the hole that ends the data from `start` on, as far as a chunk can reach. */
export function dataEnd({ bytes, position }: AtHand, start: number, { min, max }: CutSizes): DataEnd {
  const first = start + min - ((position + start) % min);
  for (let at = first; at < start + max && at < bytes.length; at += min) {
    if (at + min > bytes.length) return { end: bytes.length, unknownFrom: at };
    if (isHole(bytes, at, min)) return { end: at, unknownFrom: -1 };
  }
  return { end: bytes.length, unknownFrom: -1 };
}

function isHole(bytes: Uint8Array, at: number, length: number): boolean {
  return at + length <= bytes.length && isZero(bytes.subarray(at, at + length));
}
