import { type CutSizes, findCut, frequentMask, WINDOW_BYTES } from './cut.ts';

/*
 * Stripes: where a large file may be divided, so that several cores can cut it (docs/format.md, section 6).
 */

export const STRIPE_BYTES = 64 * 1024 * 1024;

/**
 * How far behind 64 MiB × i stripe i begins, i > 0: 0 … `sizes.max`.
 * @param bytes of the file from 64 MiB × i − 32 on: 32 bytes of run-in, then `sizes.max` bytes, or to the end of the file.
 *   Where the file ends before a boundary, the end is returned: the stripe is empty
 */
export function stripeBoundary(bytes: Uint8Array, gear: Uint32Array, sizes: CutSizes): number {
  const limit = Math.min(bytes.length, WINDOW_BYTES + sizes.max);
  const cut = findCut(bytes, WINDOW_BYTES, limit, gear, frequentMask(sizes));
  return (cut === -1 ? limit : cut) - WINDOW_BYTES;
}
