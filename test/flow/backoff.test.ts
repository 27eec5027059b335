import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { type BackoffPolicy, jitteredWait, withBackoff } from '../../src/flow/backoff.ts';

const busy = () => new BmcloudError('store-unreachable', 'busy', { transient: true });

function policy(changes: Partial<BackoffPolicy> = {}) {
  const waits: number[] = [];
  const all: BackoffPolicy = {
    attempts: 5,
    firstWait: 100,
    longestWait: 1000,
    random: () => 1,
    sleep: async (milliseconds) => void waits.push(milliseconds),
    ...changes,
  };
  return { waits, all };
}

/** Fails so many times. */
function flaky(times: number, error: () => Error = busy) {
  const told: number[] = [];
  const attempt = async (failed: number) => {
    told.push(failed);
    if (failed < times) throw error();
    return 'done';
  };
  return { told, attempt };
}

describe('trying again', () => {
  test('goes on until it succeeds, waiting longer each time up to a limit', async () => {
    const { waits, all } = policy({ attempts: 7 });
    const { told, attempt } = flaky(6);
    expect(await withBackoff(all, attempt)).toBe('done');
    expect(told).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test('gives up with the last error as it is, without waiting once more', async () => {
    const { waits, all } = policy({ attempts: 3 });
    const error = busy();
    await expect(withBackoff(all, flaky(9, () => error).attempt)).rejects.toBe(error);
    expect(waits).toHaveLength(2);
  });

  test('is for what is transient only', async () => {
    const { waits, all } = policy();
    const others = [new BmcloudError('store-denied', 'no'), new Error('unknown')];
    for (const error of others)
      await expect(withBackoff(all, flaky(9, () => error).attempt)).rejects.toBe(error);
    expect(waits).toEqual([]);
  });

  test('tells of every wait', async () => {
    const told: number[][] = [];
    const { all } = policy({ onRetry: (_, wait, attempt) => told.push([wait, attempt]) });
    await withBackoff(all, flaky(2).attempt);
    expect(told).toEqual([
      [100, 1],
      [200, 2],
    ]);
  });

  test('stops when it is interrupted', async () => {
    const stop = new AbortController();
    const { all } = policy({ signal: stop.signal, onRetry: () => stop.abort() });
    await expect(withBackoff(all, flaky(9).attempt)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

test('a wait is anything between nothing and its bound', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2000), (random, failed) => {
      const wait = jitteredWait({ firstWait: 200, longestWait: 20_000, random: () => random }, failed);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(20_000, 200 * 2 ** failed));
    }),
  );
});
