import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MirrorRestoreResult, MirrorResult } from '../../src/index.ts';
import { lockMirror, shareMirror } from '../../src/mirror-lock.ts';
import { type CliHome, type CliRun, cliHome } from '../fixtures/cli.ts';
import { hold, whyNothingIsHeld } from '../fixtures/held-file.ts';
import { treeOf } from '../mirror/rig.ts';

let home: CliHome;
const at = (...names: string[]) => path.join(home.directory, ...names);

beforeEach(async () => {
  home = await cliHome();
  mkdirSync(at('source', 'sub'), { recursive: true });
  writeFileSync(at('source', 'a'), 'one');
  writeFileSync(at('source', 'sub', 'b.tmp'), 'two');
});
afterEach(() => home.remove());

/** What a command answers under `--json`. */
async function json<T>(args: string[]): Promise<T> {
  const { code, stdout, stderr } = await home.run([...args, '--json', '--no-progress']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

function expectFailure({ code, stderr }: CliRun, expected: { code: number; says: RegExp }): void {
  expect(stderr).toMatch(expected.says);
  expect(code).toBe(expected.code);
}

test('mirror, change, mirror, and back to both states', async () => {
  const first = await json<MirrorResult>(['mirror', 'source', '--to', 'folder']);
  expect(first).toMatchObject({ statistics: { files: 2, tracked: 2, new: 2 }, skipped: [] });
  expect(existsSync(at('folder', first.increment ?? '', `${first.increment}.json`))).toBe(true);
  const before = treeOf(at('source'));
  writeFileSync(at('source', 'a'), 'changed');
  rmSync(at('source', 'sub'), { recursive: true });
  const { code, stdout } = await home.run(['mirror', 'source', '--to', 'folder']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /In the mirror +1 file, 7 B\n.*Tracked +1 file\n.*Deleted +1 file kept\n.*0 new, 1 changed, 1 deleted/s,
  );
  expect(treeOf(at('folder', 'mirror'))).toEqual({ a: 'changed' });
  await json<MirrorRestoreResult>(['restore', '--from-mirror', 'folder', '--to', 'now']);
  expect(treeOf(at('now'))).toEqual({ a: 'changed' });
  const then = ['restore', '--from-mirror', 'folder', '--at', String(first.time), '--to', 'then'];
  expect(await json<MirrorRestoreResult>(then)).toMatchObject({ files: 2, failed: [] });
  expect(treeOf(at('then'))).toEqual(before);
});

test('a configured job, with its rules; what is not tracked is said', async () => {
  const job = { src: 'source', track_dirs: ['*'], include_files: ['a'] };
  writeFileSync(at('bmcloud.json'), JSON.stringify({ jobs: { mine: job } }));
  const { statistics } = await json<MirrorResult>(['mirror', '--to', 'folder']);
  expect(statistics).toMatchObject({ files: 2, tracked: 1 });
  const { stdout } = await home.run(['restore', '--from-mirror', 'folder', '--to', 'out']);
  expect(stdout).toMatch(/As now +1 file: not tracked/);
});

test('of several jobs one is named', async () => {
  const jobs = { mine: { sources: ['source'] }, other: { sources: ['source/sub'] } };
  writeFileSync(at('bmcloud.json'), JSON.stringify({ jobs }));
  expectFailure(await home.run(['mirror', '--to', 'folder']), {
    code: 2,
    says: /several jobs: mine, other\n {2}Name one/,
  });
  expect(existsSync(at('folder'))).toBe(false);
  await json<MirrorResult>(['mirror', 'other', '--to', 'folder']);
  expect(treeOf(at('folder', 'mirror'))).toEqual({ 'b.tmp': 'two' });
});

test('a restore waits for no run that mirrors, nor the other way round', async () => {
  await json<MirrorResult>(['mirror', 'source', '--to', 'folder']);
  const writing = await lockMirror(at('folder'));
  const restore = ['restore', '--from-mirror', 'folder', '--to', 'out'];
  expectFailure(await home.run(restore), {
    code: 11,
    says: /^Error: Another run of bmcloud is mirroring to/,
  });
  expect(existsSync(at('out'))).toBe(false);
  await writing.release();
  const reading = await shareMirror(at('folder'));
  expectFailure(await home.run(['mirror', 'source', '--to', 'folder']), {
    code: 11,
    says: /restoring from it/,
  });
  expect((await home.run(restore)).code).toBe(0);
  await reading.release();
});

test('what rules leave out is not in the mirror, and goes to the deleted when they are new', async () => {
  await json<MirrorResult>(['mirror', 'source', '--to', 'folder']);
  const { increment = '' } = await json<MirrorResult>([
    'mirror',
    'source',
    '--to',
    'folder',
    '--exclude',
    '*.tmp',
  ]);
  expect(treeOf(at('folder', 'mirror'))).toEqual({ a: 'one', sub: '/' });
  expect(treeOf(at('folder', increment, 'deleted'))).toEqual({ sub: '/', 'sub/b.tmp': 'two' });
});

test('from the repository, as of a moment', async () => {
  expect((await home.run(['push', 'source'])).code).toBe(0);
  const before = treeOf(at('source'));
  const moment = new Date().toISOString();
  writeFileSync(at('source', 'a'), 'changed');
  expect((await home.run(['push', 'source'])).code).toBe(0);
  const then = await json<MirrorResult>(['mirror', '--to', 'folder', '--at', moment]);
  expect(then.snapshot).toMatch(/^[0-9a-f]{8}$/);
  expect(treeOf(at('folder', 'mirror'))).toEqual(before);
  const now = await json<MirrorResult>(['mirror', '--to', 'folder', '--from-repository']);
  expect(now.statistics).toMatchObject({ files: 2, new: 0, changed: 1, deleted: 0 });
  expect(treeOf(at('folder', 'mirror'))).toEqual(treeOf(at('source')));
  // The disk is what the snapshot was: it goes on from there.
  const disk = await json<MirrorResult>(['mirror', 'source', '--to', 'folder']);
  expect(disk.statistics).toMatchObject({ files: 2, new: 0, changed: 0, deleted: 0 });
  expect(readFileSync(at('folder', now.increment ?? '', 'track', 'a'), 'utf8')).toBe('changed');
});

test('what is meant wrongly is said in one line', async () => {
  expectFailure(await home.run(['mirror', 'source']), { code: 2, says: /Missing --to/ });
  expectFailure(await home.run(['mirror', '--to', 'folder']), {
    code: 2,
    says: /Nothing to mirror was named/,
  });
  expectFailure(await home.run(['mirror', 'nowhere', '--to', 'folder']), { code: 2, says: /does not exist/ });
  expectFailure(await home.run(['restore', '--from-mirror', 'nowhere']), {
    code: 10,
    says: /does not exist/,
  });
  expectFailure(await home.run(['restore', '--from-mirror', 'source']), {
    code: 2,
    says: /no state at that time/,
  });
  await json<MirrorResult>(['mirror', 'source', '--to', 'folder']);
  expectFailure(await home.run(['restore', 'none', '--from-mirror', 'folder', '--to', 'out']), {
    code: 2,
    says: /had no "none" then\n {2}What it had is in .*folder/,
  });
  expectFailure(await home.run(['mirror', 'source/sub', '--to', 'folder']), {
    code: 2,
    says: /--other-sources/,
  });
});

test.skipIf(whyNothingIsHeld() !== undefined)(
  'what somebody holds is skipped and named, with who holds it; everything else is mirrored',
  async () => {
    const holder = await hold(at('source', 'a'));
    const quick = ['--retries', '1', '--retry-delay', '10ms', '--shadow', 'never'];
    try {
      const { code, stdout } = await home.run(['mirror', 'source', '--to', 'folder', ...quick]);
      expect(stdout).toMatch(
        /Skipped .*source\/a: .*held by python3 \(pid \d+.*\(2 attempts\)\n {2}Close python3/s,
      );
      expect(code).toBe(3);
      expect(treeOf(at('folder', 'mirror'))).toEqual({ sub: '/', 'sub/b.tmp': 'two' });
    } finally {
      await holder.release();
    }
    expect((await home.run(['mirror', 'source', '--to', 'folder'])).code).toBe(0);
    expect(treeOf(at('folder', 'mirror'))).toEqual(treeOf(at('source')));
  },
);
