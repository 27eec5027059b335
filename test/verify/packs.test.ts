import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PackRow } from '../../src/pack/table.ts';
import { groupsOf } from '../../src/verify/packs.ts';

const none = new Uint8Array(0);
const pack: PackRow = {
  id: none,
  domain: none,
  kind: 'data',
  size: 0,
  hash: none,
  ephemeral: none,
  commitment: none,
};

test('packs are read in groups of so many rows, in their order, none left out', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 })), fc.integer({ min: 1, max: 60 }), (counts, most) => {
      const packs = counts.map((_, number) => ({ number, pack }));
      const groups = [...groupsOf(packs, Uint32Array.from(counts), most)];
      expect(groups.flat()).toEqual(packs);
      for (const group of groups) {
        const rows = group.reduce((sum, { number }) => sum + (counts[number] as number), 0);
        expect(group.length === 1 || rows <= most).toBe(true);
      }
    }),
  );
});
