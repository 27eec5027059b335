import { expect, test } from 'vitest';
import { byStrength, holdingPhrase } from '../../src/owners/search.ts';

test('ways to hold a file become one phrase, the strongest first', () => {
  expect(holdingPhrase(['open for writing', 'open for reading', 'write lock (flock)'])).toBe(
    'write lock (flock), open for writing',
  );
  expect(holdingPhrase(['open for reading', 'open for reading'])).toBe('open for reading');
});

test('who is most likely to be in the way comes first', () => {
  const owners = [
    'open for reading',
    'open for writing',
    'write lock (flock)',
    undefined,
    'open for writing',
  ];
  const sorted = byStrength(
    owners.map((how, i) => ({ pid: 9 - i, program: 'x', ...(how !== undefined && { how }) })),
  );
  expect(sorted.map(({ pid }) => pid)).toEqual([7, 5, 8, 9, 6]);
});
