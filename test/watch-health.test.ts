import { describe, expect, test } from 'vitest';
import { BmcloudError } from '../src/errors.ts';
import { noStatistics } from '../src/model/snapshot.ts';
import type { PushResult } from '../src/push.ts';
import type { WatchEvent } from '../src/watch.ts';
import { healthAfter, newHealth } from '../src/watch-health.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const result = {
  snapshot: 'abcd',
  statistics: { ...noStatistics, new: 2, changed: 1 },
} as unknown as PushResult;
const healthThrough = (events: WatchEvent[]) =>
  events.reduce(
    (health, event, n) => healthAfter(health, event, at(n + 1)),
    newHealth(['a', 'b'], 1000, at(0)),
  );
const checking: WatchEvent = { type: 'checking', job: 'a', reason: 'start' };

describe('how a watch fares', () => {
  test('after a push', () => {
    const health = healthThrough([checking, { type: 'pushed', job: 'a', result }]);
    expect(health.jobs[0]).toMatchObject({
      state: 'waiting',
      checks: 1,
      pushes: 1,
      changes: 3,
      snapshot: 'abcd',
      lastCheck: at(1).toISOString(),
      lastPush: at(2).toISOString(),
    });
    expect(health.jobs[1]).toMatchObject({ name: 'b', checks: 0 });
    expect(health.updated).toBe(at(2).toISOString());
  });

  test('after failures, and when it has recovered', () => {
    const error = new BmcloudError('store-unreachable', 'Nobody answers');
    const failed: WatchEvent = { type: 'failed', job: 'a', error, failures: 2, wait: 10_000 };
    const failing = healthThrough([checking, failed]);
    expect(failing.jobs[0]).toMatchObject({
      state: 'failed',
      failures: 1,
      failuresInRow: 2,
      error: { code: 'store-unreachable', message: 'Nobody answers' },
      retryAt: at(12).toISOString(),
    });
    const again = healthThrough([checking, failed, checking, { type: 'unchanged', job: 'a', left: 0 }]);
    expect(again.jobs[0]).toMatchObject({ state: 'waiting', failures: 1, failuresInRow: 0 });
    expect(again.jobs[0]?.error ?? again.jobs[0]?.retryAt).toBeUndefined();
  });

  test('a new configuration keeps what is known of jobs that stay', () => {
    const health = healthThrough([checking, { type: 'watching', jobs: ['c', 'a'] }]);
    expect(health.jobs.map(({ name, checks }) => [name, checks])).toEqual([
      ['c', 0],
      ['a', 1],
    ]);
  });

  test('directories that the system tells nothing of are named once', () => {
    const silent: WatchEvent = { type: 'no-events', job: 'a', directory: '/d', message: 'm' };
    expect(healthThrough([silent, silent]).jobs[0]?.withoutEvents).toEqual(['/d']);
  });

  test('until it tells of them again, or the configuration was read again: then all are asked for anew', () => {
    const silent = ['/d', '/e'].map(
      (directory): WatchEvent => ({ type: 'no-events', job: 'a', directory, message: 'm' }),
    );
    const again: WatchEvent = { type: 'events', job: 'a', directory: '/d' };
    expect(healthThrough([...silent, again]).jobs[0]?.withoutEvents).toEqual(['/e']);
    const reloaded = healthThrough([...silent, { type: 'watching', jobs: ['a'] }]);
    expect(reloaded.jobs[0]?.withoutEvents).toEqual([]);
  });
});
