import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { asFailure } from '../../src/cli/failure.ts';
import { type WatchLineOptions, watchesReport, watchJson, watchLine } from '../../src/cli/report-watch.ts';
import { styleFor } from '../../src/cli/style.ts';
import { BmcloudError } from '../../src/errors.ts';
import type { KnownWatch, PushResult, WatchEvent } from '../../src/index.ts';
import { noStatistics } from '../../src/model/snapshot.ts';

const options: WatchLineOptions = {
  style: styleFor(false),
  quiet: false,
  now: new Date(2026, 0, 2, 3, 4, 5),
  asFailure: (error) => asFailure(error, { command: 'watch', flags: [] }),
};
const start = new Date(2026, 0, 1);
const result = {
  snapshot: 'abcd1234',
  start,
  end: new Date(start.getTime() + 1500),
  statistics: { ...noStatistics, new: 2, changed: 1, bytesStored: 2048, skipped: 1 },
} as unknown as PushResult;
const unreachable = new BmcloudError('store-unreachable', 'Nobody answers', { hint: 'Wait' });
const failed: WatchEvent = { type: 'failed', job: 'docs', error: unreachable, failures: 1, wait: 10_000 };

describe('the log', () => {
  test.each<[WatchEvent, string]>([
    [{ type: 'checking', job: 'docs', reason: 'interval' }, 'docs: Checking…'],
    [{ type: 'unchanged', job: 'docs', left: 0 }, 'docs: no changes'],
    [
      { type: 'pushed', job: 'docs', result },
      'docs: pushed 3 (2 new, 1 changed, 0 deleted; 2.0 KiB stored in 1.5 s, snapshot abcd1234; 1 path skipped)',
    ],
    [failed, 'docs: Error: Nobody answers. Wait; again in 10 s'],
  ])('%o', (event, line) => {
    const text = stripVTControlCharacters(watchLine(event, options)!);
    expect(text).toBe(`2026-01-02 03:04:05  ${line}\n`);
  });

  test('when it is to be quiet has pushes and failures only', () => {
    const quiet = { ...options, quiet: true };
    expect(watchLine({ type: 'unchanged', job: 'docs', left: 0 }, quiet)).toBeUndefined();
    expect(watchLine(failed, quiet)).toContain('Nobody answers');
    expect(watchLine(failed, { ...options, once: true })).not.toContain('again');
    expect(watchLine({ type: 'pushed', job: 'docs', result }, quiet)).toContain('pushed 3');
  });

  test('as JSON has errors as words', () => {
    expect(watchJson(failed, options.asFailure)).toMatchObject({
      type: 'failed',
      error: { code: 'store-unreachable', message: 'Nobody answers', hint: 'Wait' },
    });
  });
});

test('the status names jobs, what is wrong with them, and watches that ended', () => {
  const job = { name: 'docs', state: 'waiting' as const, withoutEvents: [], failures: 0, failuresInRow: 0 };
  const watched: KnownWatch = {
    version: 1,
    running: true,
    pid: 7,
    started: start.toISOString(),
    updated: start.toISOString(),
    interval: 300_000,
    jobs: [
      { ...job, checks: 3, pushes: 1, lastCheck: start.toISOString() },
      {
        ...job,
        name: 'bad',
        checks: 1,
        pushes: 0,
        error: { code: 'x', message: 'It broke' },
        failuresInRow: 2,
        retryAt: start.toISOString(),
      },
    ],
  };
  const report = watchesReport(
    [watched, { ...watched, running: false }],
    styleFor(false),
    new Date(start.getTime() + 60_000),
  );
  expect(report).toMatch(
    /^Running, process 7, since .*\n {2}docs {2}waiting; checked .* ago, pushed never; 3 checks, 1 push\n/,
  );
  expect(report).toContain('It broke (2 failures in a row)');
  // It was killed: what it was at is over.
  expect(report).toMatch(/Not running.*\n {2}docs {2}stopped; checked/);
  // Only what runs tries again.
  expect(report.split('tried again at')).toHaveLength(2);
});
