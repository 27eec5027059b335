import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BmcloudError } from '../src/errors.ts';
import { noStatistics } from '../src/model/snapshot.ts';
import type { PushResult } from '../src/push.ts';
import type { WatchEvent } from '../src/watch.ts';
import { healthAfter, listWatches, newHealth, openHealthFile } from '../src/watch-health.ts';

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
});

describe('the file of a watch', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bmcloud-health-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('tells who asks, and whether it still runs', async () => {
    expect(await listWatches(directory)).toEqual([]);
    const file = await openHealthFile(directory, ['a']);
    const health = healthThrough([checking]);
    await file.write(health);
    expect(await listWatches(directory)).toEqual([{ ...health, running: true }]);
    await file.close();
    expect(await listWatches(directory)).toEqual([{ ...health, running: false }]);
  });

  test.skipIf(process.platform === 'win32')('is for its user alone', async () => {
    const file = await openHealthFile(directory, ['a']);
    await file.write(healthThrough([checking]));
    const [name] = (await readdir(directory)).filter((one) => one.endsWith('.json'));
    expect((await stat(join(directory, name!))).mode & 0o777).toBe(0o600);
    await file.close();
  });

  test('is refused to a second watch of the same, and not to another', async () => {
    const file = await openHealthFile(directory, ['a']);
    await expect(openHealthFile(directory, ['a'])).rejects.toMatchObject({ code: 'busy' });
    await (await openHealthFile(directory, ['b'])).close();
    await file.close();
    await (await openHealthFile(directory, ['a'])).close();
  });
});
