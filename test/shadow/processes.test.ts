import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemProcesses } from '../../src/shadow/processes.ts';

describe.skipIf(process.platform !== 'linux')('processes of Linux, for real', () => {
  const self = () => systemProcesses.self();

  test('we run', () => {
    expect(self().pid).toBe(process.pid);
    expect(systemProcesses.isGone(self())).toBe(false);
  });

  test('a later process of the same number is another', () => {
    expect(systemProcesses.isGone({ ...self(), start: self().start - 1 })).toBe(true);
  });

  test('of another container nothing is known', () => {
    expect(systemProcesses.isGone({ ...self(), namespace: 1, pid: 999_999_999 })).toBe(false);
  });

  test('one that ended is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const { pid } = child;
    await once(child, 'close');
    expect(systemProcesses.isGone({ ...self(), pid: pid ?? 0, start: 1 })).toBe(true);
  });

  test('one that was killed and not yet waited for is gone too', async () => {
    const shell = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
    await new Promise((resolve) => setTimeout(resolve, 300));
    const pid = Number(printed.toString());
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    expect(state).toBe('Z');
    expect(systemProcesses.isGone({ ...self(), pid, start: Number(rest[18]) })).toBe(true);
    shell.kill();
    await once(shell, 'close');
  });
});
