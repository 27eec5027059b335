import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKey, changePassphrase, listKeys, removeKey } from '../src/keys.ts';
import { newGeneratedKey } from '../src/seal/secret.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

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
  const directories = { ...made.directories, cache: `${made.root}/cache2` };
  const opened = await made.open({ secret: async () => secret, directories });
  expect(opened.keys.slot.label).toBe('office');
  await removeKey(made.repository, { key: added.id.slice(0, 8) });
  const fresh = { ...made.directories, cache: `${made.root}/cache3` };
  await expect(made.open({ secret: async () => secret, directories: fresh })).rejects.toMatchObject({
    code: 'wrong-key',
  });
});

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
