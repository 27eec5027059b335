import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examine } from '../src/examine.ts';
import { status } from '../src/status.ts';
import { pushTree } from './fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
});
afterEach(async () => await made.cleanup());

const look = async () =>
  await status(made.repository, {
    sources: [made.source],
    cwd: '/',
    host: 'host',
    job: 'test',
    allowEmpty: false,
    oneFileSystem: false,
    excludeCaches: false,
    ownDirectories: [],
  });

test('counts what a push would find, and stores nothing', async () => {
  await writeFile(join(made.source, 'gone'), 'x');
  await writeFile(join(made.source, 'same'), 'same');
  await pushTree(made.repository, [made.source]);
  expect(await look()).toMatchObject({ new: 0, changed: 0, deleted: 0, unchanged: 3 });
  await rm(join(made.source, 'gone'));
  await writeFile(join(made.source, 'new'), 'four');
  const result = await look();
  expect(result).toMatchObject({ new: 1, changed: 1, deleted: 1, unchanged: 1, newBytes: 4 });
  expect(result.changes.map(({ path, change }) => `${change} ${path}`)).toEqual([
    'changed source',
    'deleted source/gone',
    'new source/new',
  ]);
});

test('without a snapshot everything is new', async () => {
  expect(await look()).toMatchObject({ new: 1, unchanged: 0 });
});

test('every object can be examined, and no secret shows', async () => {
  await writeFile(join(made.source, 'a'), 'a');
  await pushTree(made.repository, [made.source], { state: true });
  for await (const { key } of made.repository.store.list('')) {
    const text = JSON.stringify(await examine(made.repository, key));
    expect(text).toMatch(/^\{".+\}$/);
    expect(text).not.toContain('sealed');
  }
});
