import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadAhead } from '../../src/repository/read-ahead.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { ByteRange, Store } from '../../src/store/store.ts';

const KIB = 1024;
const key = 'packs/meta/00/00';

async function stored(size: number): Promise<{ bytes: Uint8Array; store: Store; asked: ByteRange[] }> {
  const store = memoryStore();
  const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  await store.put(key, bytes);
  const asked: ByteRange[] = [];
  const get: Store['get'] = (name, range) => {
    asked.push(range as ByteRange);
    return store.get(name, range);
  };
  return { bytes, store: { ...store, get }, asked };
}

test('any ranges in any order are the bytes that are there', async () => {
  const { bytes, store } = await stored(300 * KIB);
  const range = fc
    .tuple(fc.nat(300 * KIB - 1), fc.integer({ min: 1, max: 20 * KIB }))
    .map(([start, length]) => ({ start, end: Math.min(start + length, 300 * KIB) }));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 30 }), fc.boolean(), async (ranges, knowsSize) => {
      const reads = new ReadAhead(store);
      for (const one of ranges) {
        const found = await reads.get(key, one, knowsSize ? bytes.length : 0);
        expect(Buffer.compare(found, bytes.subarray(one.start, one.end))).toBe(0);
      }
    }),
    { numRuns: 50 },
  );
});

test('who goes on asks a few times, and not again for the same', async () => {
  const { bytes, store, asked } = await stored(1000 * KIB);
  const reads = new ReadAhead(store);
  for (let walk = 0; walk < 3; walk++)
    for (let start = 0; start < bytes.length; start += 8 * KIB)
      await reads.get(key, { start, end: start + 8 * KIB }, bytes.length);
  expect(asked.length).toBe(7);
  expect(asked.at(-1)?.end).toBe(bytes.length);
});

test('who asks here and there gets what was asked for, and no more', async () => {
  const { store, asked } = await stored(1000 * KIB);
  const reads = new ReadAhead(store);
  for (const start of [900, 100, 500]) await reads.get(key, { start, end: start + 10 }, 1000 * KIB);
  expect(asked).toEqual([900, 100, 500].map((start) => ({ start, end: start + 10 })));
});

test('what lies before the end of an object that was cut short is read', async () => {
  const { bytes, store } = await stored(20 * KIB);
  const reads = new ReadAhead(store);
  await reads.get(key, { start: 0, end: 12 * KIB }, 100 * KIB);
  const found = await reads.get(key, { start: 12 * KIB, end: 16 * KIB }, 100 * KIB);
  expect(Buffer.compare(found, bytes.subarray(12 * KIB, 16 * KIB))).toBe(0);
  await expect(reads.get(key, { start: 16 * KIB, end: 24 * KIB }, 100 * KIB)).rejects.toMatchObject({
    code: 'damaged',
  });
});

test('a failure is not kept', async () => {
  const { store } = await stored(KIB);
  let fails = true;
  const get: Store['get'] = (name, range) =>
    fails ? Promise.reject(new Error('no line')) : store.get(name, range);
  const reads = new ReadAhead({ get });
  await expect(reads.get(key, { start: 0, end: 10 }, KIB)).rejects.toThrow('no line');
  fails = false;
  expect(await reads.get(key, { start: 0, end: 10 }, KIB)).toHaveLength(10);
});
