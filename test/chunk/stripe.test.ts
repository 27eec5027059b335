import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STRIPE_BYTES, stripeBoundary } from '../../src/chunk/stripe.ts';
import { gear, hashBefore, seededBytes } from './seeded.ts';

const sizes = { min: 64, average: 256, max: 1024 };

/** The boundary as the format tells it. */
function expectedBoundary(bytes: Uint8Array): number {
  for (let position = 32; position < bytes.length && position < 32 + sizes.max; position++) {
    if (Math.clz32(hashBefore(bytes, position)) >= 8 - 2) return position - 32;
  }
  return Math.min(bytes.length - 32, sizes.max);
}

test('a stripe begins at the first cut point from its nominal start on', () => {
  const anyData = fc
    .tuple(fc.integer({ min: 32, max: 1500 }), fc.integer())
    .map(([n, seed]) => seededBytes(n, seed));
  fc.assert(
    fc.property(anyData, (bytes) => {
      expect(stripeBoundary(bytes, gear, sizes)).toBe(expectedBoundary(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('it begins at `max` where the data offer no cut, and at the end of a shorter file', () => {
  expect(stripeBoundary(new Uint8Array(5000), gear, sizes)).toBe(1024);
  expect(stripeBoundary(new Uint8Array(500), gear, sizes)).toBe(468);
  expect(stripeBoundary(new Uint8Array(32), gear, sizes)).toBe(0);
});

test('a stripe may begin at its nominal start', () => {
  const bytes = seededBytes(100_000, 8);
  const cut = bytes.findIndex((_, i) => i >= 32 && Math.clz32(hashBefore(bytes, i)) >= 6);
  expect(stripeBoundary(bytes.subarray(cut - 32), gear, sizes)).toBe(0);
});

test('stripes are 64 MiB', () => {
  expect(STRIPE_BYTES).toBe(67_108_864);
});
