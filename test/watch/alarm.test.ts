import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Alarm } from '../../src/watch/alarm.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a wait ends by itself, after half a minute at the latest', async () => {
  const finished = vi.fn();
  void new Alarm().wait(Number.POSITIVE_INFINITY).then(() => finished());
  await vi.advanceTimersByTimeAsync(29_999);
  expect(finished).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(finished).toHaveBeenCalled();
});

test('a ring ends the wait under way, and leaves no timer', async () => {
  const alarm = new Alarm();
  const waiting = alarm.wait(1000);
  alarm.ring();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

test('a ring before a wait ends that one, and no other', async () => {
  const alarm = new Alarm();
  alarm.ring();
  await alarm.wait(1000);
  const finished = vi.fn();
  void alarm.wait(1000).then(() => finished());
  await vi.advanceTimersByTimeAsync(999);
  expect(finished).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(finished).toHaveBeenCalled();
});
