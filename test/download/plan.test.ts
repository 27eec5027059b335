import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRanges, type Wanted } from '../../src/download/plan.ts';
import type { PackRow } from '../../src/pack/table.ts';
import { blockRange } from '../../src/repository/blocks.ts';

const packs = [1, 2, 3].map((number) => ({ id: new Uint8Array(16).fill(number) }) as PackRow);
const limits = { gap: 16_384, range: 65_536 };

/** Blocks of up to three units of 4 KiB that do not overlap: each begins at a multiple of four. */
const wanted = fc.array(
  fc
    .record({ pack: fc.nat(2), slot: fc.nat(40), offset: fc.nat(3) })
    .map(({ pack, slot, offset }): Wanted<number> => {
      const place = { pack: 0, block: slot * 4, blockLength: 1 + (slot % 3), offset, length: 1 };
      return { pack: packs[pack] as PackRow, place, piece: 0 };
    }),
  { maxLength: 60 },
);

test('every wanted piece is in its block, every block in one range, once', () => {
  fc.assert(
    fc.property(wanted, (all) => {
      const ranges = planRanges(all, limits);
      const seen = ranges.flatMap(({ blocks }) => blocks.flatMap(({ pieces }) => pieces));
      expect(seen).toHaveLength(all.length);
      expect(new Set(seen)).toEqual(new Set(all));
      const blocks = ranges.flatMap((range) =>
        range.blocks.map(({ counter }) => `${range.pack.id[0]}:${counter}`),
      );
      expect(new Set(blocks).size).toBe(blocks.length);
      for (const range of ranges) {
        for (const block of range.blocks) {
          expect(block.start).toBeGreaterThanOrEqual(range.start);
          expect(block.end).toBeLessThanOrEqual(range.end);
          for (const { pack, place } of block.pieces) {
            expect(pack).toBe(range.pack);
            expect(blockRange(place)).toEqual({ start: block.start, end: block.end });
          }
        }
      }
    }),
  );
});

test('neighbours are read together, as long as the gap and the range are small', () => {
  fc.assert(
    fc.property(wanted, (all) => {
      const ranges = planRanges(all, limits);
      for (const { start, end, blocks } of ranges) {
        expect(end - start).toBeLessThanOrEqual(Math.max(limits.range, (blocks[0]?.end ?? 0) - start));
      }
      for (const [i, range] of ranges.entries()) {
        const next = ranges[i + 1];
        if (next?.pack !== range.pack) continue;
        const isFar = next.start - range.end > limits.gap;
        const first = next.blocks[0];
        expect(isFar || (first?.end ?? 0) - range.start > limits.range).toBe(true);
      }
    }),
  );
});
