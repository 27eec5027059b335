import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushFrom, restoreTo } from '../format/program.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
});
afterEach(() => made.cleanup());

test('metadata that could not be read is asked for again by who comes next', async () => {
  const count = 2000;
  for (let i = 0; i < count; i++) writeFileSync(join(made.source, `file ${i} of many`), '');
  const { snapshot } = await pushFrom(made.repository, { sources: [made.source] });
  expect(readdirSync(join(made.location, 'packs'))).toContain('meta');

  const repository = await made.open();
  const get = repository.store.get.bind(repository.store);
  let isAway = true;
  repository.store.get = async (key, range) => {
    if (isAway && key.startsWith('packs/meta/')) throw new BmcloudError('store-failed', 'the store is away');
    return await get(key, range);
  };
  const to = join(made.root, 'to');
  await expect(restoreTo(repository, snapshot, to)).rejects.toMatchObject({ code: 'store-failed' });
  isAway = false;
  await restoreTo(repository, snapshot, to);
  expect(readdirSync(to)).toHaveLength(count);
});
