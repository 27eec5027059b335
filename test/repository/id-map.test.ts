import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdMap } from '../../src/repository/id-map.ts';

/** Few different first bytes: many ids want the same place. */
const id = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 200 }))
  .map(([first, last]) => Uint8Array.of(first, ...new Uint8Array(30).fill(7), last));
const pairs = fc.array(fc.tuple(id, fc.nat()), { maxLength: 300 });

test('finds what was set last, and nothing else', () => {
  fc.assert(
    fc.property(pairs, fc.array(id), (set, others) => {
      const { map, plain } = filled(set);
      expect(map.size).toBe(plain.size);
      for (const one of [...set.map(([key]) => key), ...others])
        expect(map.get(one)).toBe(plain.get(one.toString()));
      expect(contents(map)).toEqual(new Map(plain));
    }),
  );
});

test('many more than it has places for at first', () => {
  const map = new IdMap();
  const ids = new Uint8Array(5000 * 32);
  const view = new DataView(ids.buffer);
  for (let i = 0; i < 5000; i++) view.setUint32(i * 32, i, true);
  for (let i = 0; i < 5000; i++) map.set(ids, i, i * 32);
  expect(map.size).toBe(5000);
  for (let i = 0; i < 5000; i++) expect(map.get(ids.subarray(i * 32, i * 32 + 32))).toBe(i);
});

test('gives its ids other numbers, or forgets them', () => {
  fc.assert(
    fc.property(pairs, (set) => {
      const { map, plain } = filled(set);
      const odd = [...plain].filter(([, value]) => value % 2 === 1).map(([key, value]) => [key, value - 1]);
      map.renumber((value) => (value % 2 === 1 ? value - 1 : undefined));
      expect(contents(map)).toEqual(new Map(odd as [string, number][]));
    }),
  );
});

function filled(set: [Uint8Array, number][]) {
  const map = new IdMap();
  for (const [key, value] of set) map.set(key, value);
  return { map, plain: new Map(set.map(([key, value]) => [key.toString(), value])) };
}

function contents(map: IdMap): Map<string, number> {
  return new Map([...map.entries()].map(([key, value]) => [key.toString(), value]));
}
