import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { haveStandIns, snapshotsOf, volume, withFaults } from './stand-ins.ts';

/*
 * Snapshots that nobody closes, because their program or their thread ends.
 */

const program = fileURLToPath(new URL('leave-shadow.ts', import.meta.url));

describe.skipIf(!haveStandIns)('a snapshot that is left open', () => {
  function leave(how: string) {
    const begin = Date.now();
    const { pid, status, stdout, stderr } = spawnSync(process.execPath, [program, volume, how], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr, took: Date.now() - begin, left: snapshotsOf(pid) };
  }

  test('does not keep its program from ending, and goes with it', () => {
    expect(leave('return')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('ShadowCopy'),
      left: [],
    });
  });

  test('does not change an exit code', () => {
    const { status, left } = leave('exit');
    expect(status).toBe(7);
    // Windows deletes it; here nobody is left to.
    for (const device of left) rmSync(device, { recursive: true });
  });

  test('goes with the worker thread that made it', () => {
    const made = leave('worker');
    expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('ended with 1'), left: [] });
    expect(made.stdout).toContain('ShadowCopy');
  });

  test('while it is being made goes with the worker thread that makes it', async () => {
    const calls = await withFaults({ DELAY_MS: 'DoSnapshotSet:60000' }, async () => {
      const made = leave('worker-making');
      expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('ended with 1'), left: [] });
      expect(made.took).toBeLessThan(20_000);
    });
    expect(calls.slice(-4)).toEqual(['DoSnapshotSet', 'Cancel DoSnapshotSet', 'AbortBackup', 'Release']);
  });
});
