import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from '../../src/flow/token-bucket.ts';

/** A bucket of 1,000 a second, and a clock that only sleeping moves. */
function bucket(capacity?: number) {
  const clock = { now: 0 };
  const made = new TokenBucket(1000, {
    ...(capacity !== undefined && { capacity }),
    now: () => clock.now,
    sleep: async (milliseconds) => {
      clock.now += milliseconds;
    },
  });
  return { clock, made };
}

test('whatever is taken, the rate is kept after the first burst', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(3000), fc.nat(500))), async (takes) => {
      const { clock, made } = bucket(100);
      let taken = 0;
      for (const [tokens, pause] of takes) {
        clock.now += pause;
        await made.take(tokens);
        taken += tokens;
        expect(taken).toBeLessThanOrEqual(100 + clock.now + 1e-6);
      }
    }),
  );
});

test('a full bucket makes nobody wait, and a pause fills it no further', async () => {
  const { clock, made } = bucket();
  await made.take(1000);
  expect(clock.now).toBe(0);
  clock.now = 10_000;
  await made.take(1000);
  expect(clock.now).toBe(10_000);
  await made.take(500);
  expect(clock.now).toBe(10_500);
});

test('more than fits in is paid for by waiting', async () => {
  const { clock, made } = bucket(10);
  await made.take(2010);
  expect(clock.now).toBe(2000);
});

test('takers at one time wait behind one another', async () => {
  const waits: number[] = [];
  const made = new TokenBucket(1000, {
    capacity: 0,
    now: () => 0,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  await Promise.all([made.take(100), made.take(100), made.take(50)]);
  expect(waits).toEqual([100, 200, 250]);
});
