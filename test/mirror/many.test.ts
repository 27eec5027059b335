import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { isWindows } from '../fixtures/platform.ts';
import { treeOf, useMirror } from './rig.ts';

const rig = useMirror();

/** Wine takes its time with each file. */
const MANY = isWindows ? 700 : 3000;

test('more files than are copied one by one: threads take turns', async () => {
  for (let i = 0; i < MANY; i++) {
    const folder = join(rig.source, `folder ${i % 20}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file ${i}`), `text ${i}`);
  }
  writeFileSync(join(rig.source, 'large'), Buffer.alloc(3_000_001, 'large'));
  writeFileSync(join(rig.source, 'hole'), Buffer.alloc(2_500_000));
  chmodSync(join(rig.source, 'large'), 0o600);
  const { statistics } = await rig.run();
  expect(statistics).toMatchObject({ files: MANY + 2, new: MANY + 2 });
  expect(treeOf(join(rig.to, 'mirror'))).toEqual(treeOf(rig.source));
  const to = join(rig.root, 'out');
  const options = { from: rig.to, at: { latest: true as const }, to, paths: [], onEvent: () => {} };
  expect(await restoreFromMirror({ ...options, overwrite: 'always' })).toMatchObject({
    files: MANY + 2,
    failed: [],
  });
  expect(treeOf(to)).toEqual(treeOf(rig.source));
  // Where the lock of a run is a file, that stays.
  const left = readdirSync(rig.to).filter((name) => name !== '.bmcloud-lock');
  expect(left.sort()).toEqual([expect.stringMatching(/^backup_/), 'mirror']);
});

test('an interrupted run is gone on with', async () => {
  for (let i = 0; i < 600; i++) writeFileSync(join(rig.source, `file ${i}`), 'text');
  const stop = new AbortController();
  const seen = (event: { type: string }) => {
    if (event.type === 'progress') stop.abort();
  };
  const interrupted = rig.run({}, { signal: stop.signal, onEvent: seen });
  await expect(interrupted).rejects.toMatchObject({ code: 'interrupted' });
  expect((await rig.run()).statistics).toMatchObject({ files: 600, new: 600 });
});
