import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compare } from '../src/compare.ts';
import { find } from '../src/find.ts';
import { history } from '../src/history.ts';
import { list } from '../src/list.ts';
import { readFile } from '../src/read-file.ts';
import { pushTree } from './fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
const latest = { at: { latest: true as const } };

beforeEach(async () => {
  made = await makeRepository();
  const push = async (hour: number) =>
    await pushTree(made.repository, [made.source], { time: new Date(Date.UTC(2026, 0, 1, hour)) });
  await writeFile(join(made.source, 'kept.txt'), Buffer.alloc(200_000, 'k'));
  await writeFile(join(made.source, 'gone.md'), 'gone');
  await push(1);
  await rm(join(made.source, 'gone.md'));
  await writeFile(join(made.source, 'new.txt'), 'new');
  await push(2);
});
afterEach(async () => await made.cleanup());

const shown = async <T>(values: AsyncIterable<T>, show: (value: T) => string) =>
  (await Array.fromAsync(values)).map(show);

test('list shows what is directly in a directory', async () => {
  const all = await shown(
    list(made.repository, { ...latest, path: 'source', recursive: false }),
    ({ path }) => path,
  );
  expect(all).toEqual(['source', 'source/kept.txt', 'source/new.txt']);
  await expect(
    shown(list(made.repository, { ...latest, path: 'nowhere', recursive: false }), String),
  ).rejects.toMatchObject({ code: 'not-found' });
});

test('find looks in one snapshot, or in all', async () => {
  expect(await shown(find(made.repository, { pattern: '*.md' }), ({ entry }) => entry.path)).toEqual([]);
  expect(
    await shown(find(made.repository, { pattern: '*.md', all: true }), ({ entry }) => entry.path),
  ).toEqual(['source/gone.md']);
});

test('history has versions and deletions, oldest first', async () => {
  const versions = await history(made.repository, { path: join(made.source, 'gone.md') });
  expect(versions.map(({ change }) => change)).toEqual(['put', 'deleted']);
});

test('the bytes of a file, of any moment', async () => {
  const read = async (path: string, at: object) =>
    Buffer.concat(await Array.fromAsync(readFile(made.repository, { ...latest, ...at, path })));
  expect((await read('kept.txt', {})).equals(Buffer.alloc(200_000, 'k'))).toBe(true);
  expect((await read('gone.md', { at: { time: new Date(Date.UTC(2026, 0, 1, 1, 30)) } })).toString()).toBe(
    'gone',
  );
  await expect(read('source', {})).rejects.toMatchObject({ code: 'usage' });
});

test('compare tells what changed between snapshots, and on disk', async () => {
  const between = {
    from: { time: new Date(Date.UTC(2026, 0, 1, 1)) },
    to: { latest: true as const },
    paths: [],
  };
  const line = ({ change, path }: { change: string; path: string }) => `${change} ${path}`;
  expect(await shown(compare(made.repository, between), line)).toEqual([
    'changed source',
    'deleted source/gone.md',
    'new source/new.txt',
  ]);
  await rm(join(made.source, 'new.txt'));
  const disk = { from: { latest: true as const }, to: 'disk' as const, paths: ['new.txt'] };
  expect(await shown(compare(made.repository, disk), line)).toEqual(['deleted source/new.txt']);
});
