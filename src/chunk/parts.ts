import { type CutSizes, cutEnd, type FindCut, findCut, frequentMask, partSizes } from './cut.ts';

/*
 * Parts of chunks (docs/format.md, section 6): a chunk of an edited file is cut once more, finer. Where parts may end is noted while
 * the chunk is looked for, so that its bytes are not hashed by the rolling hash twice.
 */

/** Where bytes repeat, every position may be a mark: then marks are not worth having. Else a chunk of 2 MiB has 256. */
const MOST_MARKS = 1024;

/** A chunk that was looked for, with what was seen on the way. */
export interface MarkedCut {
  /** See `cutEnd`. */
  end: number;
  /**
   * Where the hash is zero under the weakest mask of parts, from `sizes.min` on: offsets in the chunk, ascending. Absent: too many, or
   * nobody looked.
   */
  marks?: number[] | undefined;
}

/** `cutEnd`, noting marks. */
export function cutMarked(
  bytes: Uint8Array,
  start: number,
  end: number,
  gear: Uint32Array,
  sizes: CutSizes,
): MarkedCut {
  const weakest = frequentMask(partSizes(sizes));
  const marks: number[] = [];
  const find: FindCut = (_, from, to, __, mask) => {
    let at = from;
    while (marks.length < MOST_MARKS) {
      at = findCut(bytes, at, to, gear, weakest);
      if (at === -1) return -1;
      marks.push(at - start);
      if (isCut(bytes, at, gear, mask)) return at;
      at++;
    }
    return findCut(bytes, at, to, gear, mask);
  };
  const found = cutEnd(bytes, start, end, gear, sizes, find);
  return { end: found, marks: marks.length < MOST_MARKS ? marks : undefined };
}

/** The ends of a chunk's parts. @param marks of the chunk, if they are known */
export function partEnds(
  chunk: Uint8Array,
  gear: Uint32Array,
  sizes: CutSizes,
  marks: number[] | undefined,
): number[] {
  const find = marks && findMarked(marks, sizes.min);
  const ends: number[] = [];
  for (let at = 0; at < chunk.length; ) {
    at = cutEnd(chunk, at, chunk.length, gear, partSizes(sizes), find);
    ends.push(at);
  }
  return ends;
}

/** Looks into the bytes before `marked`, and at the marks behind. */
function findMarked(marks: number[], marked: number): FindCut {
  return (chunk, from, to, gear, mask) => {
    const before = findCut(chunk, from, Math.min(to, marked), gear, mask);
    if (before !== -1) return before;
    return marks.find((at) => at >= from && at < to && isCut(chunk, at, gear, mask)) ?? -1;
  };
}

function isCut(bytes: Uint8Array, at: number, gear: Uint32Array, mask: number): boolean {
  return findCut(bytes, at, at + 1, gear, mask) === at;
}
