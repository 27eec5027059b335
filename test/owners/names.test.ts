import { expect, test } from 'vitest';
import { nameOwners } from '../../src/owners/names.ts';
import { TimeLimit } from '../../src/owners/time-limit.ts';

const time = () => new TimeLimit(10_000);

test('what is missing is filled in, what is known stays', async () => {
  const owners = [
    { pid: 1, program: 'unknown' },
    { pid: 2, program: 'postgres', user: 'postgres', commandLine: 'postgres: writer' },
    { pid: 3, program: 'gone' },
  ];
  const facts = { program: 'x', user: 'u', commandLine: 'x -y' };
  const named = await nameOwners(owners, time(), async () => [
    { pid: 1, ...facts },
    { pid: 2, ...facts },
  ]);
  expect(named).toEqual([{ pid: 1, program: 'x', user: 'u', commandLine: 'x -y' }, owners[1], owners[2]]);
});

test('nobody is looked up for nobody', async () => {
  const never = () => Promise.reject(new Error('asked'));
  expect(await nameOwners([], time(), never)).toEqual([]);
  const owners = [{ pid: 1, program: 'unknown' }];
  expect(await nameOwners(owners, new TimeLimit(0), never)).toEqual(owners);
});

test.skipIf(process.platform === 'win32')('the system knows this process', async () => {
  const [owner] = await nameOwners([{ pid: process.pid, program: 'unknown' }], time());
  expect(owner?.program).not.toBe('unknown');
  expect(owner?.user).toBeTruthy();
  expect(owner?.commandLine).toContain('node');
});
