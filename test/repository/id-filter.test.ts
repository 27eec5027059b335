import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { IdFilter } from '../../src/repository/id-filter.ts';

function filled(count: number): { filter: IdFilter; ids: Uint8Array } {
  const filter = IdFilter.for(count)!;
  const ids = randomBytes(count * 32);
  for (let at = 0; at < ids.length; at += 32) filter.add(ids, at);
  return { filter, ids };
}

test.each([1, 10, 1000, 50_000])('of %i ids every one passes, and few strangers', (count) => {
  const { filter, ids } = filled(count);
  for (let at = 0; at < ids.length; at += 32) expect(filter.mayHave(ids.subarray(at, at + 32))).toBe(true);
  const strangers = Array.from({ length: 2000 }, () => randomBytes(32));
  expect(strangers.filter((id) => filter.mayHave(id)).length).toBeLessThan(120);
  filter.close();
});

test('filters take a bounded amount of memory, all together', () => {
  const million = 1024 * 1024;
  const filters = Array.from({ length: 64 }, () => IdFilter.for(million));
  expect(filters.every((filter) => filter)).toBe(true);
  expect(IdFilter.for(million)).toBeUndefined();
  for (const filter of filters) filter?.close();
  const again = IdFilter.for(million);
  expect(again).toBeDefined();
  again?.close();
});
