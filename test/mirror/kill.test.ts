import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { lacks } from '../fixtures/platform.ts';
import type { Kill } from './child.ts';
import { incrementsIn, treeOf } from './rig.ts';

/*
 * A run is killed at the steps it takes on the disk. Whatever it leaves: no version of the state before is lost, the next run needs
 * nobody's help, and both states come back.
 *
 * BMCLOUD_TEST_KILLS=all kills at every step, before it and after it; by default at every seventh.
 */

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const STRIDE = process.env.BMCLOUD_TEST_KILLS === 'all' ? 1 : 7;

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
  symlinkSync('changed', join(source, 'link'));
}

function makeAfter(source: string): void {
  for (const path of ['deleted', 'file then folder', 'folder then file', 'folder', 'once~', 'link'])
    rmSync(join(source, path), { recursive: true });
  put(source, 'changed', 'second');
  put(source, 'file then folder/new', 'in it');
  put(source, 'folder then file', 'now a file');
  put(source, 'new', 'new');
  put(source, 'two~', 'not tracked either');
  symlinkSync('new', join(source, 'link'));
}

function put(source: string, path: string, text: string): void {
  mkdirSync(join(source, path, '..'), { recursive: true });
  writeFileSync(join(source, path), text);
}

test.skipIf(lacks('posixPaths'))(
  'a run that is killed anywhere loses nothing, and the next one goes on',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'bmcloud-mirror-kill-'));
    try {
      const [source, to] = [join(root, 'source'), join(root, 'to')];
      makeBefore(source);
      await run(source, to);
      const time = new Date();
      const old = treeOf(source);
      makeAfter(source);
      const whole = join(root, 'whole');
      expect(spawnSync('cp', ['-a', to, whole]).status).toBe(0);
      const steps = Number((await run(source, whole)).stdout);
      expect(steps).toBeGreaterThan(40);
      for (let nth = 1; nth <= steps; nth += STRIDE) {
        const when = nth % 2 === 0 ? 'before' : 'after';
        const folder = join(root, `killed-${nth}`);
        // With its hard links.
        expect(spawnSync('cp', ['-a', to, folder]).status).toBe(0);
        await killed({ source, folder, kill: { nth, when }, old, time });
        rmSync(folder, { recursive: true });
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
  3_600_000,
);

async function killed(scene: {
  source: string;
  folder: string;
  kill: Kill;
  old: object;
  time: Date;
}): Promise<void> {
  const { source, folder, kill, old, time } = scene;
  const { signal } = await run(source, folder, kill);
  const where = `killed ${kill.when} step ${kill.nth}`;
  expect(signal, where).toBe('SIGKILL');
  const kept = Object.values(treeOf(folder));
  for (const [path, text] of Object.entries(before))
    if (!path.includes('~')) expect(kept, where).toContain(text);
  expect((await run(source, folder)).signal, where).toBeNull();
  expect(treeOf(join(folder, 'mirror')), where).toEqual(treeOf(source));
  expect(incrementsIn(folder).length, where).toBe(2);
  await expectState(folder, { latest: true }, treeOf(source), where);
  const tracked = Object.fromEntries(Object.entries(old).filter(([path]) => !path.includes('~')));
  const current = { 'two~': 'not tracked either' };
  await expectState(folder, { time }, { ...tracked, ...current }, where);
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

function run(source: string, to: string, kill?: Kill): Promise<{ stdout: string; signal: string | null }> {
  const process_ = spawn(process.execPath, [child, JSON.stringify({ source, to, kill })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  process_.stdout.on('data', (text) => {
    stdout += String(text);
  });
  return new Promise((resolve) => {
    process_.on('close', (_, signal) => resolve({ stdout, signal }));
  });
}
