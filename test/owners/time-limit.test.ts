import { expect, test } from 'vitest';
import { TimeLimit } from '../../src/owners/time-limit.ts';

test('time passes, and an interruption ends it', () => {
  let now = 0;
  const interruption = new AbortController();
  const time = new TimeLimit(10, interruption.signal, () => now);
  expect({ left: time.left, over: time.over }).toEqual({ left: 10, over: false });
  now = 9.5;
  expect({ left: time.left, over: time.over }).toEqual({ left: 1, over: false });
  now = 10;
  expect(time.over).toBe(true);
  now = 0;
  interruption.abort();
  expect({ left: time.left, over: time.over }).toEqual({ left: 0, over: true });
});

test('work is waited for only so long', async () => {
  expect(await new TimeLimit(1000).within(Promise.resolve(1))).toBe(1);
  await expect(new TimeLimit(1000).within(Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await new TimeLimit(5).within(new Promise(() => {}))).toBeUndefined();
  const interruption = new AbortController();
  const waiting = new TimeLimit(60_000, interruption.signal).within(new Promise(() => {}));
  interruption.abort();
  expect(await waiting).toBeUndefined();
});

test('the rest of the program gets its turn', async () => {
  let now = 0;
  const time = new TimeLimit(1000, undefined, () => now);
  let turns = 0;
  setImmediate(() => turns++);
  await time.breathe();
  expect(turns).toBe(0);
  now = 50;
  await time.breathe();
  expect(turns).toBe(1);
});
