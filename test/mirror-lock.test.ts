import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockMirror, shareMirror } from '../src/mirror-lock.ts';
import { restoreFromMirror } from '../src/restore-mirror.ts';
import { lacks } from './fixtures/platform.ts';
import { treeOf, useMirror } from './mirror/rig.ts';

const rig = useMirror();
const back = (to = join(rig.root, 'out'), from = rig.to) =>
  restoreFromMirror({
    from,
    at: { latest: true },
    to,
    paths: [],
    overwrite: 'if-different',
    onEvent: () => {},
  });
const busy = { code: 'busy', message: expect.stringContaining('mirroring to') };

async function mirrored(): Promise<void> {
  writeFileSync(join(rig.source, 'a'), 'one');
  await rig.run();
}

test('while a run mirrors to a folder nothing is restored from it', async () => {
  await mirrored();
  const lock = await lockMirror(rig.to);
  await expect(back()).rejects.toMatchObject(busy);
  await lock.release();
  expect(await back()).toMatchObject({ files: 1, failed: [] });
});

test('while somebody restores nothing is mirrored, and others may restore, too', async () => {
  await mirrored();
  const before = readdirSync(rig.to).sort();
  const reading = await shareMirror(rig.to);
  writeFileSync(join(rig.source, 'b'), 'two');
  await expect(rig.run()).rejects.toMatchObject(busy);
  expect(readdirSync(rig.to).sort()).toEqual(before);
  await Promise.all([back(join(rig.root, 'one')), back(join(rig.root, 'two'))]);
  await reading.release();
  await rig.run();
  expect(treeOf(join(rig.to, 'mirror'))).toEqual({ a: 'one', b: 'two' });
});

test('a restore that fails leaves the folder free', async () => {
  await mirrored();
  await expect(back(join(rig.source, 'a'))).rejects.toBeDefined();
  await rig.run();
});

test.skipIf(lacks('symlinks'))('a folder is one, whatever way leads to it', async () => {
  await mirrored();
  const other = join(rig.root, 'other');
  symlinkSync(rig.to, other);
  const lock = await lockMirror(other);
  await expect(back()).rejects.toMatchObject(busy);
  await lock.release();
});

test.skipIf(lacks('root'))('is read from a medium that nobody can write to', async () => {
  await mirrored();
  const medium = join(rig.root, 'medium');
  mkdirSync(medium);
  execFileSync('mount', ['--bind', rig.to, medium]);
  try {
    execFileSync('mount', ['-o', 'remount,ro,bind', medium]);
    expect(() => writeFileSync(join(medium, 'x'), '')).toThrow('EROFS');
    expect(await back(join(rig.root, 'out'), medium)).toMatchObject({ files: 1, failed: [] });
  } finally {
    // Lazily: a record that was read may be open for a moment yet.
    execFileSync('umount', ['--lazy', medium]);
  }
});
