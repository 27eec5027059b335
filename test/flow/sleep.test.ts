import { expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { interrupted, systemSleep, throwIfInterrupted } from '../../src/flow/sleep.ts';

test('a sleep lasts about as long as it should', async () => {
  const begin = performance.now();
  await systemSleep(20);
  expect(performance.now() - begin).toBeGreaterThan(15);
});

test('a signal ends a sleep, or lets none begin', async () => {
  const stop = new AbortController();
  const sleeping = systemSleep(60_000, stop.signal);
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ code: 'interrupted' });
  await expect(systemSleep(60_000, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
  expect(() => throwIfInterrupted(stop.signal)).toThrow('Interrupted');
  expect(() => throwIfInterrupted(undefined)).not.toThrow();
});

test('a reason of ours is the error itself', () => {
  const reason = new BmcloudError('interrupted', 'Stopped by SIGTERM');
  expect(interrupted(AbortSignal.abort(reason))).toBe(reason);
  expect(interrupted(AbortSignal.abort('other'))).toMatchObject({ code: 'interrupted', cause: 'other' });
});
