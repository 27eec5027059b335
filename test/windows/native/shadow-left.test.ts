import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { haveStandIns, removeSnapshots, snapshots, volume, withFaults } from './stand-ins.ts';

/*
 * Snapshots that nobody closes, because their program or their thread ends.
 */

const program = fileURLToPath(new URL('leave-shadow.ts', import.meta.url));

describe.skipIf(!haveStandIns)('a snapshot that is left open', () => {
  const before = haveStandIns ? snapshots() : [];
  const left = () => snapshots().filter((name) => !before.includes(name));
  afterEach(() => removeSnapshots(left()));

  function leave(how: string) {
    const begin = Date.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, volume, how], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, stdout, stderr, took: Date.now() - begin };
  }

  test('does not keep its program from ending, and goes with it', () => {
    expect(leave('return')).toMatchObject({ status: 0, stdout: expect.stringContaining('ShadowCopy') });
    expect(left()).toEqual([]);
  });

  test('does not change an exit code', () => {
    // Windows deletes it; here nobody is left to.
    expect(leave('exit')).toMatchObject({ status: 7 });
  });

  test('goes with the worker thread that made it', () => {
    const { status, stdout } = leave('worker');
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('ended with 1') });
    expect(stdout).toContain('ShadowCopy');
    expect(left()).toEqual([]);
  });

  test('while it is being made goes with the worker thread that makes it', async () => {
    const calls = await withFaults({ DELAY_MS: 'DoSnapshotSet:60000' }, async () => {
      const made = leave('worker-making');
      expect(made).toMatchObject({ status: 0, stdout: expect.stringContaining('ended with 1') });
      expect(made.took).toBeLessThan(20_000);
    });
    expect(calls.slice(-4)).toEqual(['DoSnapshotSet', 'Cancel DoSnapshotSet', 'AbortBackup', 'Release']);
    expect(left()).toEqual([]);
  });
});
