import { expect, test } from 'vitest';
import { locksReport } from '../../src/cli/report-locks.ts';

const postgres = { pid: 412, program: 'postgres', user: 'ann', how: 'write lock (flock)' };

test('who holds what, then what nobody holds, then what is not known', () => {
  const report = locksReport(
    [
      { path: 'shop.db', owners: [postgres], unknown: 'run as root' },
      { path: 'notes.txt', owners: [] },
      { path: 'mail.pst', owners: [], unknown: 'run as root' },
    ],
    100,
  );
  expect(report).toBe(
    `PID  PROGRAM   USER  HOW                 FILE
412  postgres  ann   write lock (flock)  shop.db
Nobody holds notes.txt
Nobody is known to hold mail.pst: run as root
There may be more: run as root
`,
  );
});

test('a service is named beside its program', () => {
  const owner = { pid: 4, program: 'svchost.exe', service: 'Windows Search' };
  expect(locksReport([{ path: 'a', owners: [owner] }], 100)).toContain('svchost.exe (Windows Search)');
});
