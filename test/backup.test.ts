import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupDirectory, backupFile } from '../src/index.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';
import { expectSameTree, listingOf } from './fixtures/trees.ts';
import { restoreTo } from './format/program.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
  writeFileSync(join(made.source, 'a [1].txt'), 'a'.repeat(5000));
  writeFileSync(join(made.source, 'b'), 'b'.repeat(3_000_000));
});
afterEach(async () => await made.cleanup());

const restored = async (snapshot: string | undefined) => {
  const to = mkdtempSync(join(made.root, 'to-'));
  await restoreTo(made.repository, snapshot!, to);
  return to;
};

test('a directory, with its progress', async () => {
  const told: [number, number, string][] = [];
  const { snapshot } = await backupDirectory(made.source, {
    repository: made.repository,
    onProgress: (...progress) => void told.push(progress),
  });
  expectSameTree(listingOf(await restored(snapshot)), listingOf(made.source));
  expect(told.at(-1)?.[0]).toBe(3_005_000);
  for (const [current, total] of told) expect(total).toBeGreaterThanOrEqual(current);
  expect(told.some(([, , file]) => file.endsWith('/b'))).toBe(true);
});

test('a file, whose name is no pattern', async () => {
  const { snapshot, skipped } = await backupFile(join(made.source, 'a [1].txt'), {
    repository: made.repository,
    workers: 0,
  });
  expect(skipped).toEqual([]);
  expect(readFileSync(join(await restored(snapshot), 'a [1].txt'), 'utf8')).toBe('a'.repeat(5000));
});

test('one is not the other', async () => {
  const { repository } = made;
  await expect(backupFile(made.source, { repository })).rejects.toMatchObject({ code: 'usage' });
  const file = join(made.source, 'b');
  await expect(backupDirectory(file, { repository })).rejects.toMatchObject({ code: 'usage' });
  await expect(backupFile(`${file}-not`, { repository })).rejects.toMatchObject({ code: 'source-missing' });
});
