import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutSizes, cutEnd, partSizes } from '../../src/chunk/cut.ts';
import { cutMarked, partEnds } from '../../src/chunk/parts.ts';
import { gear, seededBytes } from './seeded.ts';

const sizes: CutSizes = { min: 512, average: 2048, max: 8192 };

/** Random data with zeros, and with something that repeats: there every position may be a mark. */
const piece = fc.oneof(
  fc.tuple(fc.nat(20_000), fc.integer()).map(([n, seed]) => seededBytes(n, seed)),
  fc.nat(10_000).map((n) => new Uint8Array(n)),
  fc.tuple(fc.nat(10_000), fc.nat(255)).map(([n, byte]) => new Uint8Array(n).fill(byte)),
);
const anyData = fc.array(piece, { maxLength: 4 }).map((pieces) => new Uint8Array(Buffer.concat(pieces)));

function plainEnds(bytes: Uint8Array, cut: CutSizes): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at = cutEnd(bytes, at, bytes.length, gear, cut);
    ends.push(at);
  }
  return ends;
}

describe('a cut with marks', () => {
  test('is the cut without', () => {
    fc.assert(
      fc.property(anyData, (bytes) => {
        for (let at = 0; at < bytes.length; ) {
          const { end } = cutMarked(bytes, at, bytes.length, gear, sizes);
          expect(end).toBe(cutEnd(bytes, at, bytes.length, gear, sizes));
          at = end;
        }
      }),
    );
  });

  test('leads to the parts that the chunk alone has', () => {
    fc.assert(
      fc.property(anyData, (bytes) => {
        for (let at = 0; at < bytes.length; ) {
          const { end, marks } = cutMarked(bytes, at, bytes.length, gear, sizes);
          const chunk = bytes.slice(at, end);
          const expected = plainEnds(chunk, partSizes(sizes));
          expect(partEnds(chunk, gear, sizes, marks)).toEqual(expected);
          expect(partEnds(chunk, gear, sizes, undefined)).toEqual(expected);
          at = end;
        }
      }),
    );
  });

  test('does without marks where every position would be one', () => {
    const sure = new Uint32Array(256);
    const { end, marks } = cutMarked(new Uint8Array(9000).fill(1), 0, 9000, sure, sizes);
    expect({ end, marks }).toEqual({ end: 512, marks: [512] });
    // Zero under the mask of parts, not under that of chunks.
    const often = new Uint32Array(256).fill(-(1 << (32 - 8)));
    const large: CutSizes = { min: 512, average: 2048, max: 8192 };
    expect(cutMarked(new Uint8Array(9000).fill(1), 0, 9000, often, large)).toEqual({
      end: 8192,
      marks: undefined,
    });
  });
});
