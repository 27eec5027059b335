import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { readLocalJson, writeLocalJson } from '../../src/repository/local-json.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bmcloud-json-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('what is written is read again', async () => {
  const file = join(directory, 'below', 'a.json');
  await writeLocalJson(file, { n: 1 });
  await writeLocalJson(file, { n: 2 });
  expect(await readLocalJson(file, z.object({ n: z.number() }))).toEqual({ n: 2 });
  expect(await readdir(join(directory, 'below'))).toEqual(['a.json']);
});

test('what cannot be written leaves nothing behind', async () => {
  const file = join(directory, 'a.json');
  await mkdir(join(file, 'in-the-way'), { recursive: true });
  await expect(writeLocalJson(file, {})).rejects.toThrow();
  expect(await readdir(directory)).toEqual(['a.json']);
});
