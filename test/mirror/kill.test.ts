import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mirror } from '../../src/mirror.ts';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import type { Kill } from './child.ts';
import { plainMirror } from './plain.ts';
import { incrementsIn, removeRig, treeOf } from './rig.ts';

/*
 * A run is killed at the steps it takes on the disk. Whatever it leaves: no version of the state before is lost, the next run needs
 * nobody's help, and both states come back.
 *
 * BMCLOUD_TEST_KILLS=all kills at every step, before it or after it; by default at every ninth, where processes start fast.
 */

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const STRIDE = process.env.BMCLOUD_TEST_KILLS === 'all' ? 1 : isWindows ? 61 : 9;

/** A name with a tilde is not tracked. */
const before: Record<string, string> = {
  changed: 'first',
  deleted: 'gone soon',
  kept: 'the same',
  'file then folder': 'a file',
  'folder then file/a': 'in a folder',
  'folder then file/b~': 'in a folder, not tracked',
  'folder/deleted too': 'also gone',
  'once~': 'not tracked',
};

function makeBefore(source: string): void {
  for (const [path, text] of Object.entries(before)) put(source, path, text);
  if (!lacks('symlinks')) symlinkSync('changed', join(source, 'link'));
}

function makeAfter(source: string): void {
  for (const path of ['deleted', 'file then folder', 'folder then file', 'folder', 'once~', 'link'])
    rmSync(join(source, path), { recursive: true, force: true });
  put(source, 'changed', 'second');
  put(source, 'file then folder/new', 'in it');
  put(source, 'folder then file', 'now a file');
  put(source, 'new', 'new');
  put(source, 'two~', 'not tracked either');
  if (!lacks('symlinks')) symlinkSync('new', join(source, 'link'));
}

function put(source: string, path: string, text: string): void {
  mkdirSync(join(source, path, '..'), { recursive: true });
  writeFileSync(join(source, path), text);
}

test('a run that is killed anywhere loses nothing, and the next one goes on', async () => {
  const steps = await inScene(async ({ source, to }) => Number((await run(source, to)).stdout));
  expect(steps).toBeGreaterThan(40);
  for (let nth = 1; nth <= steps; nth += STRIDE)
    await inScene((scene) => killed(scene, { nth, when: nth % 2 === 0 ? 'before' : 'after' }));
}, 3_600_000);

test('what a killed run had kept stays, whatever the source is by then', async () => {
  const steps = await edited(async ({ source, to }) => Number((await run(source, to)).stdout));
  for (let nth = Math.ceil(steps / 2); nth <= steps; nth += Math.min(STRIDE, 7))
    await edited(async ({ source, to }) => {
      expect((await run(source, to, { nth, when: 'after' })).wasKilled).toBe(true);
      put(source, 'changed', 'the third');
      rmSync(join(source, 'then deleted'));
      await run(source, to);
      const kept = Object.values(treeOf(to));
      for (const text of ['by hand', 'by hand, too'])
        expect(kept, `killed after step ${nth}`).toContain(text);
      expect(treeOf(join(to, 'mirror'))).toEqual(treeOf(source));
    });
}, 3_600_000);

/** A mirror with versions that nothing else has, and a source that replaces them. */
async function edited<T>(act: (scene: Pick<Scene, 'source' | 'to'>) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'bmcloud-mirror-kill-'));
  const [source, to] = [join(root, 'source'), join(root, 'to')];
  const files = ['changed', 'then deleted'];
  try {
    for (const path of files) put(source, path, 'first');
    await mirror(plainMirror(source, to));
    for (const [i, path] of files.entries()) {
      rmSync(join(to, 'mirror', path)); // an increment has the same file
      put(join(to, 'mirror'), path, i === 0 ? 'by hand' : 'by hand, too');
      put(source, path, 'the second');
    }
    return await act({ source, to });
  } finally {
    await removeRig({ root });
  }
}

interface Scene {
  source: string;
  to: string;
  /** What the mirror shows, and when it was made. */
  old: object;
  time: Date;
}

/** A mirror of the state before, and a source that has changed since. */
async function inScene<T>(act: (scene: Scene) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'bmcloud-mirror-kill-'));
  const [source, to] = [join(root, 'source'), join(root, 'to')];
  try {
    makeBefore(source);
    await run(source, to);
    const time = new Date();
    const old = treeOf(source);
    makeAfter(source);
    return await act({ source, to, old, time });
  } finally {
    await removeRig({ root });
  }
}

async function killed({ source, to, old, time }: Scene, kill: Kill): Promise<void> {
  const where = `killed ${kill.when} step ${kill.nth}`;
  expect((await run(source, to, kill)).wasKilled, where).toBe(true);
  const kept = Object.values(treeOf(to));
  for (const [path, text] of Object.entries(before))
    if (!path.includes('~')) expect(kept, where).toContain(text);
  expect((await run(source, to)).wasKilled, where).toBe(false);
  expect(treeOf(join(to, 'mirror')), where).toEqual(treeOf(source));
  expect(incrementsIn(to).length, where).toBe(2);
  await expectState(to, { latest: true }, treeOf(source), where);
  const tracked = Object.fromEntries(Object.entries(old).filter(([path]) => !path.includes('~')));
  const current = { 'two~': 'not tracked either' };
  await expectState(to, { time }, { ...tracked, ...current }, where);
}

async function expectState(
  from: string,
  at: { time: Date } | { latest: true },
  tree: object,
  where: string,
): Promise<void> {
  const to = join(from, 'restored');
  const options = { from, at, to, paths: [], overwrite: 'if-different' as const, onEvent: () => {} };
  expect(await restoreFromMirror(options), where).toMatchObject({ failed: [] });
  expect(treeOf(to), where).toEqual(tree);
  rmSync(to, { recursive: true });
}

function run(source: string, to: string, kill?: Kill): Promise<{ stdout: string; wasKilled: boolean }> {
  const process_ = spawn(process.execPath, [child, JSON.stringify({ source, to, kill })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  process_.stdout.on('data', (text) => {
    stdout += String(text);
  });
  return new Promise((resolve) => {
    // Windows knows exit codes only; what ends well prints its steps.
    process_.on('close', (code, signal) => {
      resolve({ stdout, wasKilled: signal === 'SIGKILL' || (isWindows && code !== 0 && stdout === '') });
    });
  });
}
