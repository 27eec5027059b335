import { isZero } from '../model/zero.ts';

/*
 * Content-defined cut points: FastCDC with normalised chunking (docs/format.md, section 6).
 */

/** In bytes; see `areCutSizes`. */
export interface CutSizes {
  min: number;
  average: number;
  max: number;
}

export const defaultSizes: CutSizes = { min: 128 * 1024, average: 512 * 1024, max: 2 * 1024 * 1024 };

/** How many of the last bytes the hash depends on. */
export const WINDOW_BYTES = 32;

/** The greatest length of a chunk that a reader accepts. */
const MAX_CHUNK_BYTES = 8 * 1024 * 1024;
const FINENESS = 16;
/** By how many bits a cut is made rarer before the average size, and more frequent after it. */
const NORMALISATION = 2;
/** Zeros are looked for in so many bytes at a time. */
const SPAN_BYTES = 64 * 1024;

/** Whether chunks, and the parts of chunks, can be cut to these sizes. */
export function areCutSizes({ min, average, max }: CutSizes): boolean {
  const divisible = [min, average, max].every((size) => Number.isInteger(size) && size % FINENESS === 0);
  const ordered =
    WINDOW_BYTES * FINENESS <= min && min <= average && average <= max && max <= MAX_CHUNK_BYTES;
  return divisible && ordered && (average & (average - 1)) === 0;
}

/** The sizes of the parts into which a chunk of an edited file is cut. */
export function partSizes(sizes: CutSizes): CutSizes {
  return { min: sizes.min / FINENESS, average: sizes.average / FINENESS, max: sizes.max / FINENESS };
}

/**
 * The end of the chunk that starts at `start`, of which `bytes[start, end)` are at hand; at most `end`.
 * Unless the data end at `end`, the caller must first have at least `sizes.max` bytes at hand: else the cut depends on
 * how much was.
 */
export function cutEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  gear: Uint32Array,
  sizes: CutSizes,
  find: FindCut = findCut,
): number {
  if (end - start <= sizes.min) return end;
  const limit = Math.min(end, start + sizes.max);
  const middle = Math.min(limit, start + sizes.average);
  const first = start + sizes.min;
  const rare = find(bytes, first, middle, gear, rareMask(sizes));
  if (rare !== -1) return rare;
  const frequent = find(bytes, Math.max(middle, first), limit, gear, frequentMask(sizes));
  return frequent === -1 ? limit : frequent;
}

function rareMask(sizes: CutSizes): number {
  return highBits(sizes.average, NORMALISATION);
}

/** The bits of the hash that are zero at a cut after the average size, and where a stripe may begin. */
export function frequentMask(sizes: CutSizes): number {
  return highBits(sizes.average, -NORMALISATION);
}

function highBits(average: number, more: number): number {
  return -1 << (32 - (31 - Math.clz32(average) + more));
}

/** The first position in [from, to) at which the hash of the 32 bytes before it is zero under the mask, or −1. */
export type FindCut = (
  bytes: Uint8Array,
  from: number,
  to: number,
  gear: Uint32Array,
  mask: number,
) => number;

/** See `FindCut`. Holes cost a comparison: between zeros the hash is the same everywhere. */
export function findCut(
  bytes: Uint8Array,
  from: number,
  to: number,
  gear: Uint32Array,
  mask: number,
): number {
  for (let at = from; at < to; at += SPAN_BYTES) {
    const end = Math.min(to, at + SPAN_BYTES);
    const isHole = isZero(bytes.subarray(at - WINDOW_BYTES, end - 1));
    const found = scan(bytes, at, isHole ? at + 1 : end, gear, mask);
    if (found !== -1) return found;
  }
  return -1;
}

/**
 * Finds a cut in [from, to), which is not empty.
 *
 * All cutting happens here, so it is written for the compiler: four bytes are loaded at once, and `| 0` tells it that no sum needs
 * an overflow check. Measured: 0.65x the time of a load for each byte.
 */
function scan(bytes: Uint8Array, from: number, to: number, gear: Uint32Array, mask: number): number {
  const last = (to - 1) | 0;
  let hash = 0;
  let i = (from - WINDOW_BYTES) | 0;
  for (; i < from; i = (i + 1) | 0) hash = ((hash << 1) + gear[bytes[i]!]!) | 0;
  if ((hash & mask) === 0) return from;
  for (; ((bytes.byteOffset + i) & 3) !== 0; i = (i + 1) | 0) {
    if (i === last) return -1;
    hash = ((hash << 1) + gear[bytes[i]!]!) | 0;
    if ((hash & mask) === 0) return i + 1;
  }
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, (last - i) >> 2);
  for (let n = 0; n < words.length; n = (n + 1) | 0) {
    const word = words[n]!;
    hash = ((hash << 1) + gear[word & 0xff]!) | 0;
    if ((hash & mask) === 0) return i + 4 * n + 1;
    hash = ((hash << 1) + gear[(word >>> 8) & 0xff]!) | 0;
    if ((hash & mask) === 0) return i + 4 * n + 2;
    hash = ((hash << 1) + gear[(word >>> 16) & 0xff]!) | 0;
    if ((hash & mask) === 0) return i + 4 * n + 3;
    hash = ((hash << 1) + gear[word >>> 24]!) | 0;
    if ((hash & mask) === 0) return i + 4 * n + 4;
  }
  for (i += 4 * words.length; i < last; i = (i + 1) | 0) {
    hash = ((hash << 1) + gear[bytes[i]!]!) | 0;
    if ((hash & mask) === 0) return i + 1;
  }
  return -1;
}
