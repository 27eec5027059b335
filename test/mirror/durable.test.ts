import { fsyncSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { copyFile } from '../../src/mirror/copy-file.ts';
import { DraftFile } from '../../src/mirror/draft-file.ts';
import { duplicate } from '../../src/mirror/files.ts';
import { useMirror } from './rig.ts';

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  return { ...fs, fsyncSync: vi.fn(fs.fsyncSync), renameSync: vi.fn(fs.renameSync) };
});

const rig = useMirror();
const at = (name: string) => join(rig.root, name);
beforeEach(() => void vi.clearAllMocks());

test.each([true, false])('a copy is flushed where that is asked for: %s', (durable) => {
  writeFileSync(at('a'), 'one');
  expect(copyFile(at('a'), at('b'), durable)).toMatchObject({ kind: 'copied' });
  expect(fsyncSync).toHaveBeenCalledTimes(durable ? 1 : 0);
});

test('a duplicate that is no link is flushed', () => {
  writeFileSync(at('a'), 'one', { mode: 0o400 });
  duplicate(at('a'), at('b'), true);
  expect(fsyncSync).not.toHaveBeenCalled();
  duplicate(at('a'), at('c'), false);
  expect(fsyncSync).toHaveBeenCalledTimes(1);
});

test('so is what comes from a snapshot', async () => {
  writeFileSync(at('any'), '');
  const handle = await open(at('any'));
  const sync = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'sync');
  await handle.close();
  const draft = await DraftFile.create(at('draft'));
  await draft.finish({ mode: 0o600, mtime: { seconds: 1, nanos: 0 } });
  await draft.close();
  expect(sync).toHaveBeenCalledTimes(1);
});

test('before its record gets its name, a run flushes all it copied', async () => {
  mkdirSync(join(rig.source, 'd'));
  for (const name of ['a', 'b', 'd/c']) writeFileSync(join(rig.source, name), name);
  await rig.run();
  const named = vi.mocked(renameSync).mock.calls.findIndex(([, to]) => String(to).endsWith('.json'));
  const order = vi.mocked(renameSync).mock.invocationCallOrder[named] as number;
  const before = vi.mocked(fsyncSync).mock.invocationCallOrder.filter((one) => one < order);
  expect(before).toHaveLength(3 + 1); // and the record
});
