import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/cli/nearest.ts';

const commands = ['push', 'restore', 'snapshots', 'key add', 'key list', 'ls'];

test.each([
  ['psuh', 'push'],
  ['snapshot', 'snapshots'],
  ['resotre', 'restore'],
  ['snap', 'snapshots'],
  ['key lst', 'key list'],
])('%s means %s', (typed, meant) => {
  expect(nearest(typed, commands)).toBe(meant);
});

test('the beginning of several words means the shortest', () => {
  expect(nearest('exclud', ['excludeCaches', 'exclude', 'excludeFiles'])).toBe('exclude');
});

test('what is like nothing is not guessed', () => {
  expect(nearest('frobnicate', commands)).toBeUndefined();
  expect(nearest('x', commands)).toBeUndefined();
});

test('the distance is a metric', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
