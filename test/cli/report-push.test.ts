import { expect, test } from 'vitest';
import { pushReport } from '../../src/cli/report-push.ts';
import { styleFor } from '../../src/cli/style.ts';
import type { PushResult } from '../../src/index.ts';
import { noStatistics } from '../../src/model/snapshot.ts';

const nothing: PushResult = {
  job: { id: '00', name: 'test' },
  partialResumed: false,
  start: new Date(0),
  end: new Date(0),
  statistics: noStatistics,
  skipped: [],
  notFrozen: [],
  missingSources: [],
  wentAway: 0,
  changing: 0,
  leftOut: { own: 0, excluded: 0, byDefault: 0, heldLocks: 0, cloud: 0 },
  notStored: [],
  requests: { get: 0, put: 0, putStream: 0, list: 0, stat: 0, delete: 0, sweep: 0 },
};

const report = (cloud: number) =>
  pushReport({ ...nothing, leftOut: { ...nothing.leftOut, cloud } }, styleFor(false));

test('what is in a cloud only is counted, with what would read it', () => {
  expect(report(0)).not.toContain('cloud');
  expect(report(1)).toContain('1 cloud file that is not on this computer (--cloud-files read)');
  expect(report(1200)).toContain('cloud files that are not on this computer (--cloud-files read)');
});

test('what changed while it was read is counted', () => {
  expect(pushReport(nothing, styleFor(false))).not.toContain('Changing');
  const some = pushReport({ ...nothing, changing: 1 }, styleFor(false));
  expect(some).toContain('1 file while being read: the next push reads again');
});

test('what went away before it was read is counted', () => {
  expect(pushReport(nothing, styleFor(false))).not.toContain('Went away');
  const some = pushReport({ ...nothing, wentAway: 2 }, styleFor(false));
  expect(some).toContain('2 files before being read: kept as in the last snapshot');
});
