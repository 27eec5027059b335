import { chmod, link, lstat, mkdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RestoreOptions, restore } from '../src/restore.ts';
import { pushTree } from './fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
let to: string;

beforeEach(async () => {
  made = await makeRepository();
  to = join(made.root, 'target');
});
afterEach(async () => await made.cleanup());

const run = (options: Partial<RestoreOptions> = {}) =>
  restore(made.repository, {
    at: { latest: true },
    paths: [],
    target: { to },
    overwrite: 'if-different',
    deleteExtra: false,
    dryRun: false,
    verify: false,
    confirm: () => Promise.reject(new Error('asked')),
    partial: false,
    ownership: false,
    workers: 0,
    ...options,
  });

test('a tree comes back with its data, links and times', async () => {
  await mkdir(join(made.source, 'sub'));
  await writeFile(join(made.source, 'sub', 'a.txt'), 'hello');
  await writeFile(join(made.source, 'empty'), '');
  await writeFile(join(made.source, 'large'), Buffer.alloc(200_000, 'x'));
  await symlink('sub/a.txt', join(made.source, 'link'));
  await link(join(made.source, 'large'), join(made.source, 'other'));
  await chmod(join(made.source, 'sub'), 0o750);
  await utimes(join(made.source, 'sub'), '1000.5', '1000.5');
  await pushTree(made.repository, [made.source]);
  const result = await run({ verify: true });
  expect(result).toMatchObject({ files: 3, directories: 1, links: 2, failed: [], verified: 3 });
  expect(await readFile(join(to, 'sub/a.txt'), 'utf8')).toBe('hello');
  expect((await readFile(join(to, 'other'))).equals(Buffer.alloc(200_000, 'x'))).toBe(true);
  expect(await readlink(join(to, 'link'))).toBe('sub/a.txt');
  expect((await lstat(join(to, 'sub'))).mtimeMs).toBe(1000_500);
  expect((await lstat(join(to, 'sub'))).mode & 0o777).toBe(0o750);
  expect((await lstat(join(to, 'other'))).ino).toBe((await lstat(join(to, 'large'))).ino);
  expect(await run()).toMatchObject({ files: 0, unchanged: 5, fetched: 0 });
});
