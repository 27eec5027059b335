import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { draftOf } from '../../src/download/target.ts';
import type { RestorePreview } from '../../src/restore.ts';
import { lacks } from '../fixtures/platform.ts';
import { pushFrom } from '../format/program.ts';
import { failedPaths, noise, text, useRig } from './rig.ts';

const rig = useRig();

const older = '1000000';
const newer = '2000000000';

beforeEach(async () => {
  writeFileSync(rig.inSource('file'), 'snapshot');
  await rig.push();
  mkdirSync(rig.to);
});

const put = (content: string, time: string) => {
  writeFileSync(rig.inTarget('file'), content);
  utimesSync(rig.inTarget('file'), time, time);
};

test.each([
  ['always', older, 'snapshot'],
  ['always', newer, 'snapshot'],
  ['if-different', older, 'snapshot'],
  ['if-different', newer, 'snapshot'],
  ['if-newer', older, 'snapshot'],
  ['if-newer', newer, 'existing'],
  ['never', older, 'existing'],
  ['never', newer, 'existing'],
] as const)('--overwrite %s with a file of %s: %s', async (overwrite, time, left) => {
  put('existing', time);
  const result = await rig.run({ overwrite });
  expect(text(rig.inTarget('file'))).toBe(left);
  expect(result).toMatchObject(left === 'snapshot' ? { files: 1, unchanged: 0 } : { files: 0, unchanged: 1 });
});

test('a file of the same size and time is trusted, unless it is to be verified', async () => {
  await rig.run();
  const { mtimeMs } = lstatSync(rig.inTarget('file'));
  put('SNAPSHOT', String(mtimeMs / 1000));
  expect(await rig.run()).toMatchObject({ files: 0, unchanged: 1 });
  expect(text(rig.inTarget('file'))).toBe('SNAPSHOT');
  expect(await rig.run({ verify: true })).toMatchObject({ files: 1, verified: 1 });
  expect(text(rig.inTarget('file'))).toBe('snapshot');
});

test('owner and mode of a file that is trusted are set right', async () => {
  await rig.run();
  chmodSync(rig.inTarget('file'), 0o611);
  expect(await rig.run()).toMatchObject({ files: 0, unchanged: 1, failed: [] });
  expect(lstatSync(rig.inTarget('file')).mode & 0o777).toBe(lstatSync(rig.inSource('file')).mode & 0o777);
});

test('the right data under another time are not fetched', async () => {
  put('snapshot', older);
  chmodSync(rig.inTarget('file'), 0o600);
  expect(await rig.run()).toMatchObject({ files: 0, unchanged: 1, fetched: 0 });
  expect(lstatSync(rig.inTarget('file')).mtimeMs).toBeGreaterThan(1_000_000_000_000);
  expect(lstatSync(rig.inTarget('file')).mode & 0o777).toBe(lstatSync(rig.inSource('file')).mode & 0o777);
});

test('of a large file only what differs is fetched', async () => {
  writeFileSync(rig.inSource('file'), noise(6 * 65_536 + 100, 3));
  await rig.push();
  const edited = noise(6 * 65_536 + 100, 3);
  edited.fill(0, 3 * 65_536, 3 * 65_536 + 5);
  writeFileSync(rig.inTarget('file'), Buffer.concat([edited, Buffer.from('and more')]));
  expect(await rig.run({ verify: true })).toMatchObject({ files: 1, reused: 5 * 65_536 + 100, failed: [] });
  expect(readFileSync(rig.inTarget('file'))).toEqual(noise(6 * 65_536 + 100, 3));
});

test('a longer file that begins right is cut', async () => {
  writeFileSync(rig.inTarget('file'), 'snapshot and more');
  expect(await rig.run()).toMatchObject({ files: 1, failed: [] });
  expect(text(rig.inTarget('file'))).toBe('snapshot');
});

test('a directory in place of a file stays, but for --delete', async () => {
  mkdirSync(rig.inTarget('file/full'), { recursive: true });
  expect(failedPaths(await rig.run({ overwrite: 'always' }))).toEqual(['source/file']);
  const asked: RestorePreview[] = [];
  const confirm = async (plan: RestorePreview) => asked.push(plan) > 0;
  expect(await rig.run({ deleteExtra: true, confirm })).toMatchObject({ files: 1, deleted: 2, failed: [] });
  expect(asked[0]?.deleted).toEqual({ count: 2, first: ['source/file/full', 'source/file'] });
  expect(text(rig.inTarget('file'))).toBe('snapshot');
});

test('a file in place of a directory is replaced, or stays', async () => {
  unlinkSync(rig.inSource('file'));
  mkdirSync(rig.inSource('file'));
  writeFileSync(rig.inSource('file/inside'), 'inside');
  await rig.push();
  put('existing', older);
  expect(failedPaths(await rig.run({ overwrite: 'if-newer' }))).toEqual([
    'source/file',
    'source/file/inside',
  ]);
  expect(text(rig.inTarget('file'))).toBe('existing');
  expect((await rig.run()).failed).toEqual([]);
  expect(text(rig.inTarget('file/inside'))).toBe('inside');
});

test.skipIf(lacks('windows'))('what Windows marks as read-only is replaced, and marked again', async () => {
  chmodSync(rig.inSource('file'), 0o444);
  await rig.push();
  put('existing', older);
  chmodSync(rig.inTarget('file'), 0o444);
  expect(await rig.run()).toMatchObject({ files: 1, failed: [] });
  expect(text(rig.inTarget('file'))).toBe('snapshot');
  expect(lstatSync(rig.inTarget('file')).mode & 0o777).toBe(0o444);
  expect(await rig.run({ overwrite: 'always' })).toMatchObject({ failed: [] });
});

test('a draft that cannot be written to any more is made anew', async () => {
  writeFileSync(rig.inSource('file'), noise(3 * 65_536, 3));
  await rig.push();
  const draft = draftOf(rig.inTarget('file'));
  writeFileSync(draft, 'broken off');
  chmodSync(draft, 0o444);
  expect(await rig.run()).toMatchObject({ files: 1, failed: [] });
  expect(readFileSync(rig.inTarget('file'))).toEqual(noise(3 * 65_536, 3));
});

test('directories that must not be replaced keep their modes', async () => {
  mkdirSync(rig.inSource('sub'));
  writeFileSync(rig.inSource('sub/new'), 'new');
  await rig.push();
  mkdirSync(rig.inTarget('sub'));
  chmodSync(rig.inTarget('sub'), 0o711);
  await rig.run({ overwrite: 'never' });
  expect(text(rig.inTarget('sub/new'))).toBe('new');
  if (!lacks('modes')) expect(lstatSync(rig.inTarget('sub')).mode & 0o777).toBe(0o711);
  await rig.run();
  expect(lstatSync(rig.inTarget('sub')).mode & 0o777).toBe(lstatSync(rig.inSource('sub')).mode & 0o777);
});

test('other names of a file that stays are not linked to it', async () => {
  unlinkSync(rig.inSource('file'));
  writeFileSync(rig.inSource('a'), 'linked');
  linkSync(rig.inSource('a'), rig.inSource('b'));
  await rig.push();
  writeFileSync(rig.inTarget('a'), 'mine');
  expect((await rig.run({ overwrite: 'never' })).failed).toEqual([]);
  expect(text(rig.inTarget('a'))).toBe('mine');
  expect(text(rig.inTarget('b'))).toBe('linked');
});

test('holes stay holes where a run that was broken off is gone on with', async () => {
  const size = 64 * 1024 * 1024;
  const start = noise(2 * 1024 * 1024, 1);
  writeFileSync(rig.inSource('file'), start);
  truncateSync(rig.inSource('file'), size);
  await pushFrom(rig.repository, { sources: [rig.source], job: 'holes' });
  writeFileSync(draftOf(rig.inTarget('file')), start.subarray(0, 1024 * 1024));
  expect(await rig.run({ job: 'holes', verify: true })).toMatchObject({ failed: [], verified: 1 });
  const { size: restored, blocks } = lstatSync(rig.inTarget('file'));
  expect(restored).toBe(size);
  if (process.platform === 'linux') expect(blocks * 512).toBeLessThan(8 * 1024 * 1024);
});

test('a target that is a file is refused', async () => {
  await expect(rig.run({ target: { to: rig.inSource('file') } })).rejects.toMatchObject({ code: 'target' });
  expect(text(rig.inSource('file'))).toBe('snapshot');
});
