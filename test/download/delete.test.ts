import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type RestoreOptions, type RestorePreview, restore } from '../../src/restore.ts';
import { lacks } from '../fixtures/platform.ts';
import { pushTree } from '../fixtures/push-tree.ts';
import { pushCrafted } from './craft.ts';
import { text, useRig } from './rig.ts';

const rig = useRig();

const yes = async () => true;
const own = (options: Partial<RestoreOptions> = {}) => rig.run({ target: { inPlace: true }, ...options });

beforeEach(async () => {
  writeFileSync(rig.inSource('kept'), 'kept');
  writeFileSync(rig.inSource('edited'), 'before');
  writeFileSync(rig.inSource('deleted'), 'deleted');
  await rig.push();
  unlinkSync(rig.inSource('deleted'));
  writeFileSync(rig.inSource('edited'), 'after!');
  utimesSync(rig.inSource('edited'), '5', '5');
  mkdirSync(rig.inSource('extra/deep'), { recursive: true });
  writeFileSync(rig.inSource('extra/deep/file'), 'x');
});

test('what is replaced is asked for', async () => {
  const plans: RestorePreview[] = [];
  const keep = async (plan: RestorePreview) => plans.push(plan) > 0;
  const result = await own({ confirm: keep });
  expect(plans[0]).toEqual({
    replaced: { count: 1, first: ['source/edited'] },
    deleted: { count: 0, first: [] },
  });
  expect(result).toMatchObject({ target: '', files: 2, unchanged: 1, deleted: 0, failed: [] });
  expect(text(rig.inSource('edited'))).toBe('before');
  expect(existsSync(rig.inSource('extra/deep/file'))).toBe(true);
});

test('a no changes nothing', async () => {
  await expect(own({ confirm: async () => false })).rejects.toMatchObject({ code: 'interrupted' });
  expect(text(rig.inSource('edited'))).toBe('after!');
  expect(existsSync(rig.inSource('deleted'))).toBe(false);
});

test('what an interrupted push had not come to is never deleted', async () => {
  await pushTree(rig.repository, [rig.source], { kind: 'partial' });
  await expect(own({ partial: true, deleteExtra: true, confirm: yes })).rejects.toMatchObject({
    code: 'target',
  });
  expect(existsSync(rig.inSource('extra/deep/file'))).toBe(true);
});

test('what is too much is listed, asked for and deleted', async () => {
  const plans: RestorePreview[] = [];
  const keep = async (plan: RestorePreview) => plans.push(plan) > 0;
  const result = await own({ deleteExtra: true, confirm: keep });
  expect(plans[0]?.deleted).toEqual({
    count: 3,
    first: ['source/extra/deep/file', 'source/extra/deep', 'source/extra'],
  });
  expect(result).toMatchObject({ deleted: 3, failed: [] });
  expect(readdirSync(rig.source)).toEqual(['deleted', 'edited', 'kept']);
});

test('only what was asked for loses what is too much', async () => {
  mkdirSync(rig.inSource('sub'));
  writeFileSync(rig.inSource('sub/a'), 'a');
  await rig.push();
  writeFileSync(rig.inSource('sub/b'), 'b');
  writeFileSync(rig.inSource('c'), 'c');
  const result = await own({ paths: ['sub'], deleteExtra: true, confirm: yes });
  expect(result).toMatchObject({ deleted: 1 });
  expect(existsSync(rig.inSource('c'))).toBe(true);
  expect(readdirSync(rig.inSource('sub'))).toEqual(['a']);
});

test('nothing is deleted that no push could have saved: skipped paths, and what is ours', async () => {
  mkdirSync(rig.inSource('state'));
  writeFileSync(rig.inSource('state/head'), 'x');
  const repository = await rig.open({ directories: { ...rig.directories, state: rig.inSource('state') } });
  const secret = Buffer.from('source/extra/deep/file');
  await pushCrafted(rig.repository, [{ path: 'source', stat: { type: 'directory', mode: 0o755 } }], {
    sources: [{ name: 'source', path: Buffer.from(rig.source), kind: 'tree' }],
    skipped: [{ path: secret, reason: 'no', code: 'EACCES' }],
  });
  const options = {
    at: { latest: true } as const,
    job: 'crafted',
    paths: [],
    target: { inPlace: true } as const,
  };
  const flags = { dryRun: false, verify: false, partial: false, ownership: false, workers: 0 };
  await restore(repository, { ...options, ...flags, overwrite: 'always', deleteExtra: true, confirm: yes });
  expect(readdirSync(rig.source).sort()).toEqual(['extra', 'state']);
  expect(text(rig.inSource('extra/deep/file'))).toBe('x');
  expect(text(rig.inSource('state/head'))).toBe('x');
});

test.skipIf(lacks('symlinks'))('links are deleted, not what they lead to', async () => {
  mkdirSync(join(rig.root, 'elsewhere'));
  writeFileSync(join(rig.root, 'elsewhere/file'), 'x');
  symlinkSync(join(rig.root, 'elsewhere'), rig.inSource('way'));
  await own({ deleteExtra: true, confirm: yes });
  expect(existsSync(rig.inSource('way'))).toBe(false);
  expect(text(join(rig.root, 'elsewhere/file'))).toBe('x');
});

test('a dry run counts and touches nothing', async () => {
  const result = await own({ dryRun: true, deleteExtra: true });
  expect(result).toMatchObject({ files: 2, unchanged: 1, deleted: 3, bytes: 13, fetched: 0 });
  expect(text(rig.inSource('edited'))).toBe('after!');
  expect(existsSync(rig.inSource('deleted'))).toBe(false);
  expect(await rig.run({ dryRun: true })).toMatchObject({ files: 3, directories: 1 });
  expect(existsSync(rig.to)).toBe(false);
});

test.skipIf(lacks('symlinks'))('a source that is named by a link', async () => {
  const link = join(rig.root, 'named');
  symlinkSync(rig.source, link);
  await pushTree(rig.repository, [link], { job: 'linked' });
  unlinkSync(rig.inSource('kept'));
  expect((await own({ job: 'linked', confirm: yes })).failed).toEqual([]);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(text(rig.inSource('kept'))).toBe('kept');
});

test('a source whose place is gone', async () => {
  const deep = rig.inSource('extra/deep');
  await pushTree(rig.repository, [deep], { job: 'deep' });
  rmSync(rig.inSource('extra'), { recursive: true });
  expect((await own({ job: 'deep', confirm: yes })).failed).toEqual([]);
  expect(text(join(deep, 'file'))).toBe('x');
});
