import { expect, test } from 'vitest';
import { TimeLimit } from '../../src/owners/time-limit.ts';
import { type WindowsOwners, windowsOwners } from '../../src/owners/windows.ts';

const ask = (windows: WindowsOwners | undefined, milliseconds = 1000) =>
  windowsOwners(['C:\\a', 'C:\\b'], { windows, time: new TimeLimit(milliseconds) });

test('each path is asked about with the time that is left', async () => {
  const asked: [string, number][] = [];
  const answers = await ask({
    lockOwners: async (path, { deadlineMs }) => {
      asked.push([path, deadlineMs]);
      const more = { path: 'C:\\Windows\\System32\\svchost.exe' };
      return {
        owners: [{ pid: 4, program: '', service: 'Windows Search', ...more }],
        notes: ['Restart Manager: 353', 'not elevated'],
      };
    },
  });
  expect(asked.map(([path]) => path)).toEqual(['C:\\a', 'C:\\b']);
  for (const [, deadline] of asked) expect(deadline).toBeGreaterThan(0);
  expect(answers[1]).toEqual({
    owners: [{ pid: 4, program: 'unknown', service: 'Windows Search' }],
    unknown: 'Restart Manager: 353; not elevated',
  });
});

test('a failure is told, and the next path is asked about', async () => {
  let calls = 0;
  const answers = await ask({
    lockOwners: async () => {
      if (calls++ === 0) throw new Error('RmStartSession: 353');
      return { owners: [], notes: [] };
    },
  });
  expect(answers).toEqual([{ owners: [], unknown: 'RmStartSession: 353' }, { owners: [] }]);
});

test('an addon that does not answer is waited for no longer than there is time', async () => {
  const [first, second] = await ask({ lockOwners: () => new Promise(() => {}) }, 20);
  expect(first).toEqual(second);
  expect(first?.unknown).toMatch(/too long/);
});

test('without the addon nothing is known', async () => {
  expect((await ask(undefined))[0]?.unknown).toMatch(/not installed/);
});
