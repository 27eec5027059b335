import { expect, test } from 'vitest';
import { Leftover } from '../../src/watch/leftover.ts';

test('what a push left behind is tried again at growing distances, and other differences at once', () => {
  const leftover = new Leftover();
  expect(leftover.verdict('a', 0)).toBe('push');
  leftover.pushed('a', 0);
  expect(leftover.verdict('a', 59_999)).toBe('wait');
  expect(leftover.verdict('b', 1)).toBe('push');
  expect(leftover.verdict('a', 60_000)).toBe('again');
  leftover.pushed('a', 60_000);
  expect(leftover.verdict('a', 179_999)).toBe('wait');
  expect(leftover.verdict('a', 180_000)).toBe('again');
});

test('the longest wait is an hour', () => {
  const leftover = new Leftover();
  for (let n = 0; n < 40; n++) leftover.pushed('a', 0);
  expect(leftover.verdict('a', 3_599_999)).toBe('wait');
  expect(leftover.verdict('a', 3_600_000)).toBe('again');
});

test('other differences begin anew; what was not looked at is always pushed', () => {
  const leftover = new Leftover();
  leftover.pushed('a', 0);
  leftover.pushed('a', 0);
  leftover.pushed('b', 0);
  expect(leftover.verdict('b', 60_000)).toBe('again');
  leftover.pushed(undefined, 0);
  expect(leftover.verdict(undefined, 0)).toBe('push');
});
