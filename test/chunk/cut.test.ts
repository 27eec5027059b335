import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areCutSizes, type CutSizes, cutEnd, defaultSizes, partSizes } from '../../src/chunk/cut.ts';
import { gear, hashBefore, seededBytes } from './seeded.ts';

const sizes: CutSizes = { min: 64, average: 256, max: 1024 };
const anyData = fc
  .tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer())
  .map(([n, seed]) => seededBytes(n, seed));

/** The ends of all chunks. */
function cuts(bytes: Uint8Array, from = 0): number[] {
  const ends: number[] = [];
  for (let at = from; at < bytes.length; ) {
    at = cutEnd(bytes, at, bytes.length, gear, sizes);
    ends.push(at);
  }
  return ends;
}

/** `cutEnd` as the format tells it, without any cleverness. */
function expectedEnd(bytes: Uint8Array, start: number): number {
  for (let length = 1; start + length < bytes.length; length++) {
    const zeros = Math.clz32(hashBefore(bytes, start + length));
    if (length >= sizes.min && zeros >= (length < sizes.average ? 8 + 2 : 8 - 2)) return start + length;
    if (length === sizes.max) return start + length;
  }
  return bytes.length;
}

describe('cut points', () => {
  test('are those of the format', () => {
    fc.assert(
      fc.property(anyData, (bytes) => {
        let start = 0;
        for (const end of cuts(bytes)) {
          expect(end).toBe(expectedEnd(bytes, start));
          start = end;
        }
        expect(start).toBe(bytes.length);
      }),
    );
  });

  test('keep the bounds, but for the last chunk', () => {
    const ends = [0, ...cuts(seededBytes(500_000, 3))];
    const lengths = ends.slice(1).map((end, i) => end - ends[i]!);
    for (const length of lengths.slice(0, -1)) expect(length).toBeGreaterThanOrEqual(sizes.min);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(sizes.max);
    const mean = 500_000 / lengths.length;
    expect(mean).toBeGreaterThan(sizes.average * 0.8);
    expect(mean).toBeLessThan(sizes.average * 1.6);
  });

  test('do not depend on how much more was at hand, from `max` bytes on', () => {
    fc.assert(
      fc.property(anyData, fc.nat(2000), (bytes, more) => {
        for (let at = 0; at + sizes.max + more < bytes.length; ) {
          const end = cutEnd(bytes, at, bytes.length, gear, sizes);
          expect(cutEnd(bytes, at, at + sizes.max + more, gear, sizes)).toBe(end);
          at = end;
        }
      }),
    );
  });

  test('do not depend on where the bytes lie, or on what is around them', () => {
    fc.assert(
      fc.property(anyData, fc.nat(100), fc.nat(3), fc.integer(), (bytes, before, offset, seed) => {
        const around = seededBytes(bytes.length + 200, seed).subarray(offset);
        around.set(bytes, before);
        const end = cutEnd(bytes, 0, bytes.length, gear, sizes);
        expect(cutEnd(around, before, before + bytes.length, gear, sizes)).toBe(before + end);
      }),
    );
  });

  test('move only near an edit', () => {
    const place = fc.record({
      at: fc.nat(50_000),
      removed: fc.nat(300),
      added: fc.nat(300),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(place, ({ at, removed, added, seed }) => {
        const before = seededBytes(100_000, 1);
        const after = new Uint8Array(
          Buffer.concat([before.subarray(0, at), seededBytes(added, seed), before.subarray(at + removed)]),
        );
        const shift = added - removed;
        const old = cuts(before);
        const found = new Set(cuts(after).map((end) => end - shift));
        const untouched = old.filter((end) => end < at - sizes.max);
        expect(cuts(after).slice(0, untouched.length)).toEqual(untouched);
        // Found to be back in step within a few dozen chunks: chance decides when, the data are fixed.
        const behind = old.filter((end) => end > at + removed + 40 * sizes.average);
        expect(behind.every((end) => found.has(end))).toBe(true);
      }),
    );
  });

  test('fall at `max` where the data offer none', () => {
    const dull = new Uint8Array(5000);
    expect(hashBefore(dull, 100)).toBeGreaterThan(2 ** 26);
    expect(cuts(dull)).toEqual([1024, 2048, 3072, 4096, 5000]);
  });
});

describe('sizes', () => {
  test('of parts are a sixteenth', () => {
    expect(partSizes(defaultSizes)).toEqual({ min: 8192, average: 32_768, max: 131_072 });
  });

  test('that can be used are told from those that cannot', () => {
    expect(areCutSizes(defaultSizes)).toBe(true);
    for (const wrong of [
      { min: 256 },
      { min: 2 ** 20 },
      { average: 500_000 },
      { average: 3 * 2 ** 17 },
      { max: 2 ** 18 },
      { max: 2 ** 24 },
      { max: Number.NaN },
      { min: 131_073 },
    ]) {
      expect(areCutSizes({ ...defaultSizes, ...wrong }), JSON.stringify(wrong)).toBe(false);
    }
  });
});
