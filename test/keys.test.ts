import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKey, changePassphrase, listKeys, removeKey } from '../src/keys.ts';
import { push } from '../src/push.ts';
import { newGeneratedKey } from '../src/seal/secret.ts';
import { listSnapshots } from '../src/snapshots.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';
import { pushOptions } from './format/program.ts';

let made: TestRepository;

beforeEach(async () => {
  made = await makeRepository();
});
afterEach(async () => await made.cleanup());

const generated = () => ({ kind: 'generated' as const, key: newGeneratedKey() });

test('lists the first key and the recovery key', async () => {
  const keys = await listKeys(made.repository);
  expect(keys.map(({ role, current }) => [role, current]).sort(byText)).toEqual([
    ['owner', true],
    ['recovery', false],
  ]);
});

test('an added key opens the repository; removed, it does not', async () => {
  const secret = generated();
  const added = await addKey(made.repository, { secret, role: 'owner', label: 'office' });
  // The second time from the cache: it must not keep what was removed.
  for (let time = 0; time < 2; time++) {
    const opened = await made.open({ secret: async () => secret });
    expect(opened.keys.slot.label).toBe('office');
  }
  await removeKey(made.repository, { key: added.id.slice(0, 8) });
  await expect(made.open({ secret: async () => secret })).rejects.toMatchObject({ code: 'wrong-key' });
});

test('the same sources with a push-only key, on the same machine, are a job of their own that the owner sees', async () => {
  await writeFile(join(made.source, 'file'), 'first');
  await push(made.repository, fromSource());
  const secret = generated();
  await addKey(made.repository, { secret, role: 'push-only', label: 'this machine' });
  await writeFile(join(made.source, 'file'), 'second');
  const pushOnly = await made.open({ secret: async () => secret });
  const { snapshot } = await push(pushOnly, fromSource());
  const snapshots = await listSnapshots(made.repository);
  expect(snapshots.map(({ number }) => number)).toEqual([1, 1]);
  expect(snapshots.map(({ id }) => id)).toContain(snapshot);
});

const fromSource = () => pushOptions({ sources: [made.source] });

test('a push-only key has a domain of its own and manages nothing', async () => {
  const secret = generated();
  await addKey(made.repository, { secret, role: 'push-only', label: 'web1' });
  const opened = await made.open({ secret: async () => secret });
  expect(opened.canRead).toBe(false);
  expect(opened.keys.write.own.domain).not.toEqual(made.repository.keys.write.own.domain);
  await expect(addKey(opened, { secret: generated(), role: 'owner', label: 'mine' })).rejects.toMatchObject({
    code: 'not-allowed',
  });
  const [first] = await listKeys(opened);
  await expect(removeKey(opened, { key: first!.id })).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(changePassphrase(opened, { secret: generated() })).rejects.toMatchObject({
    code: 'not-allowed',
  });
});

test('a slot that cannot be kept for the next time keeps nobody out', async () => {
  const cache = `${made.root}/cache2`;
  await mkdir(cache);
  await writeFile(join(cache, made.repository.id), 'in the way');
  expect((await made.open({ directories: { ...made.directories, cache } })).role).toBe('owner');
});

test('the last key of the owner stays', async () => {
  const owner = (await listKeys(made.repository)).find(({ role }) => role === 'owner')!;
  await expect(removeKey(made.repository, { key: owner.id })).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(removeKey(made.repository, { key: 'zz' })).rejects.toMatchObject({ code: 'usage' });
  expect(await listKeys(made.repository)).toHaveLength(2);
});

test('a changed secret takes the place of the old one', async () => {
  const secret = generated();
  const added = await changePassphrase(made.repository, { secret });
  expect((await listKeys(made.repository)).map(({ id }) => id)).toContain(added.id);
  expect(await listKeys(made.repository)).toHaveLength(2);
  const directories = { ...made.directories, cache: `${made.root}/cache2` };
  expect((await made.open({ secret: async () => secret, directories })).role).toBe('owner');
  await expect(
    made.open({ directories: { ...directories, cache: `${made.root}/cache3` } }),
  ).rejects.toMatchObject({
    code: 'wrong-key',
  });
});

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}
