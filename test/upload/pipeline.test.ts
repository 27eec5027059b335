import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { push } from '../../src/push.ts';
import { Pipeline } from '../../src/upload/pipeline.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
  made.repository.knownToGrow = async () => {
    throw new BmcloudError('store-failed', 'the store is away');
  };
});
afterEach(() => made.cleanup());

test('lanes that cannot begin end a first push, with the reason', async () => {
  writeFileSync(join(made.source, 'a'), 'text');
  await expect(push(made.repository, pushOptions({ sources: [made.source] }))).rejects.toMatchObject({
    code: 'store-failed',
    message: 'the store is away',
  });
});

test('lanes that could not begin tell who asks, and have nothing to close', async () => {
  const pipeline = new Pipeline(made.repository, {
    workers: 0,
    dryRun: false,
    onPack: () => {},
    onSent: () => {},
  });
  pipeline.warmUp();
  await expect(pipeline.storeMeta(new Uint8Array(10))).rejects.toMatchObject({ code: 'store-failed' });
  await expect(pipeline.close()).resolves.toBeUndefined();
});
