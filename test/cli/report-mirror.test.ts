import { expect, test } from 'vitest';
import { mirrorReport } from '../../src/cli/report-mirror.ts';
import { styleFor } from '../../src/cli/style.ts';
import type { MirrorResult } from '../../src/index.ts';
import { noStatistics } from '../../src/mirror/record.ts';

const nothing: MirrorResult = {
  to: '/to',
  time: new Date(0),
  start: new Date(0),
  end: new Date(0),
  statistics: noStatistics,
  bytesCopied: 0,
  leftOut: 0,
  changing: 0,
  skipped: [],
};

test('what changed while it was read is counted', () => {
  expect(mirrorReport(nothing, false, styleFor(false))).not.toContain('Changing');
  const some = mirrorReport({ ...nothing, changing: 1 }, false, styleFor(false));
  expect(some).toContain('1 file while being read: the next run reads again');
});
