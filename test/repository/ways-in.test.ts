import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { addKey, changePassphrase, listKeys, removeKey } from '../../src/keys.ts';
import { type InitOptions, initRepository, type OpenOptions } from '../../src/repository/open.ts';
import { parseGeneratedKey, type Secret } from '../../src/seal/secret.ts';
import { listSnapshots } from '../../src/snapshots.ts';
import { verify } from '../../src/verify.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushFrom, restoreTo } from '../format/program.ts';

// What lies about in a store, or is damaged there, keeps nobody from his backups.

let made: TestRepository;
let slot: string;
const another: Secret = { kind: 'generated', key: new Uint8Array(32).fill(9) };

beforeEach(async () => {
  made = await makeRepository();
  writeFileSync(join(made.source, 'file'), 'text');
  await pushed();
  slot = Buffer.from(made.repository.keys.slot.id).toString('hex');
});
afterEach(() => made.cleanup());

const pushed = () => pushFrom(made.repository, { sources: [made.source], job: 'one' });
const place = (key: string) => join(made.location, key);
/** On a machine that has seen nothing of it. */
const openAnew = (secret = made.secret, others: Partial<OpenOptions> = {}) => {
  const machine = join(made.root, `machine ${machines++}`);
  const directories = {
    ...made.directories,
    cache: join(machine, 'cache'),
    state: join(machine, 'state'),
  };
  return made.open({ secret: async () => secret, directories, ...others });
};
let machines = 0;
const problemsOf = async () => (await verify(await openAnew(), { readData: true })).problems;

function change(key: string, from: RegExp, to: string): void {
  const text = readFileSync(place(key), 'utf8');
  expect(text).toMatch(from);
  writeFileSync(place(key), text.replace(from, to));
}

test('files of others in every folder', async () => {
  const folders = readdirSync(made.location, { recursive: true, withFileTypes: true })
    .filter((found) => found.isDirectory())
    .map((found) => join(found.parentPath, found.name));
  mkdirSync(place('owner/condemn'), { recursive: true });
  for (const folder of [made.location, ...folders, place('owner/condemn')])
    for (const name of ['.DS_Store', 'desktop.ini', '0', 'zz', `${slot} (1)`, `${slot}.tmp`])
      writeFileSync(join(folder, name), '');

  expect(await problemsOf()).toEqual([]);
  const repository = await openAnew();
  expect(await listKeys(repository)).toHaveLength(2);
  const { snapshot } = await pushFrom(repository, { sources: [made.source], job: 'two' });
  await restoreTo(repository, snapshot, join(made.root, 'to'));
  expect(readFileSync(join(made.root, 'to', 'file'), 'utf8')).toBe('text');
  // Names that come before those of manifests hide none.
  expect((await pushed()).number).toBe(2);
  expect(await listSnapshots(await openAnew(), {})).toHaveLength(3);
});

test('a key slot that is damaged in both copies closes no other one', async () => {
  const { id } = await addKey(made.repository, { secret: another, role: 'owner', label: 'another' });
  for (const key of [`keys/${id}`, `spare/keys/${id}`]) change(key, /"magic"/, '"MAGIC"');
  const repository = await openAnew();
  expect(await listKeys(repository)).toHaveLength(2);
  expect(made.events).toContainEqual({ type: 'warning', message: expect.stringContaining(`keys/${id}`) });
  expect(await problemsOf()).toEqual([
    expect.objectContaining({ where: `keys/${id}`, what: expect.stringContaining('is damaged') }),
    expect.objectContaining({ where: `spare/keys/${id}`, what: expect.stringContaining('is damaged') }),
  ]);
  await expect(openAnew(another)).rejects.toMatchObject({
    code: 'wrong-key',
    hint: expect.stringContaining(`keys/${id} is damaged`),
  });
});

test('of two copies of a slot, one that was changed is passed over', async () => {
  change(`keys/${slot}`, /"commitment":"../, '"commitment":"AB');
  await openAnew();
  expect(await problemsOf()).toEqual([
    expect.objectContaining({ where: `keys/${slot}`, what: 'its two copies differ' }),
  ]);
  change(`keys/${slot}`, /"label":"[^"]*"/, '"label":"x"');
  await openAnew();
});

test('both changed: who has the key is told that, not that it is wrong', async () => {
  for (const key of [`keys/${slot}`, `spare/keys/${slot}`]) change(key, /"label":"[^"]*"/, '"label":"x"');
  await expect(openAnew()).rejects.toMatchObject({ code: 'damaged' });
});

test('of two copies of format.json, one that was changed is passed over', async () => {
  change('format.json', /"created": "2/, '"created": "1');
  await openAnew();
  expect(await problemsOf()).toEqual([
    expect.objectContaining({ where: 'format.json', what: expect.stringContaining('signature') }),
  ]);
  change('spare/format.json', /"created": "2/, '"created": "1');
  await expect(openAnew()).rejects.toMatchObject({ code: 'damaged' });
});

describe('the first manifest of a job', () => {
  const first = () => {
    const [job = ''] = readdirSync(place('manifests'));
    return `manifests/${job}/999999999999999`;
  };

  test.each([
    ['lost', () => rmSync(place(first()))],
    ['damaged', () => writeFileSync(place(first()), 'something else')],
  ])('%s, hides no snapshot', async (_, spoil) => {
    await pushed();
    spoil();
    const repository = await openAnew();
    expect(await listSnapshots(repository, {})).toHaveLength(2);
    expect(made.events).toContainEqual({
      type: 'warning',
      message: 'The registration of job "one" is missing or damaged: its oldest manifest stands in for it',
    });
    expect((await problemsOf()).map(({ where }) => where)).toEqual([first()]);
    const next = await pushFrom(repository, { sources: [made.source], job: 'one' });
    expect(next.number).toBe(3);
    for (const { fullId } of await listSnapshots(await openAnew(), {})) {
      const to = join(made.root, `restored ${fullId}`);
      await restoreTo(await openAnew(), fullId, to);
      expect(readFileSync(join(to, 'file'), 'utf8')).toBe('text');
    }
  });
});

describe('init', () => {
  let options: InitOptions;
  beforeEach(() => {
    const { directories, secret, root } = made;
    options = { location: join(root, 'other'), secret: async () => secret, directories, env: {} };
  });
  const init = async () => {
    const { repository, recoveryKey } = await initRepository(options);
    await repository.close();
    return { id: repository.id, key: parseGeneratedKey(recoveryKey) as Uint8Array };
  };
  const open = async (secret = made.secret) =>
    await openAnew(secret, { location: options.location as string });

  test('again, after one that was killed: its keys are passed over', async () => {
    for (let i = 0; i < 6; i++) {
      await init();
      for (const name of ['format.json', 'spare/format.json']) rmSync(join(options.location, name));
    }
    const { id } = await init();
    expect((await open()).id).toBe(id);
  });

  test('twice at once: one of them, whose recovery key opens it, and nothing of the other', async () => {
    for (let i = 0; i < 6; i++) {
      options.location = join(made.root, `other ${i}`);
      const results = await Promise.allSettled([init(), init()]);
      const [won, ...others] = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(others).toEqual([]);
      const repository = await open();
      expect(repository.id).toBe(won?.id);
      expect((await open({ kind: 'generated', key: won?.key as Uint8Array })).id).toBe(won?.id);
      expect(await listKeys(repository)).toHaveLength(2);
      expect((await verify(repository, { readData: false })).problems).toEqual([]);
    }
  });
});

test('a repository has 64 keys at most, and is open to who has one however many there are', async () => {
  for (let i = 2; i < 64; i++) {
    const slot = await addKey(made.repository, { secret: another, role: 'push-only', label: `${i}` });
    expect(slot.role).toBe('push-only');
  }
  const more = { secret: another, role: 'push-only' as const, label: 'more' };
  await expect(addKey(made.repository, more)).rejects.toMatchObject({ code: 'not-allowed' });
  for (let i = 0; i < 100; i++) writeFileSync(place(`keys/${String(i).padStart(32, '0')}`), 'junk');
  await openAnew();
});

test('two who remove each other’s key at once leave one', async () => {
  const { id } = await addKey(made.repository, { secret: another, role: 'owner', label: 'another' });
  const other = await openAnew(another);
  const removals = [removeKey(made.repository, { key: id }), removeKey(other, { key: slot })];
  expect((await Promise.allSettled(removals)).map(({ status }) => status)).toContain('rejected');
  const owners = (await listKeys(made.repository)).filter(({ role }) => role === 'owner');
  expect(owners.length).toBeGreaterThan(0);
  await openAnew(owners[0]?.id === id ? another : made.secret);
});

test('a key that was deleted, and still shows, is no other owner', async () => {
  const { store } = made.repository;
  const { id } = await addKey(made.repository, { secret: another, role: 'owner', label: 'another' });
  const bytes = readFileSync(place(`keys/${id}`));
  const remove = store.delete.bind(store);
  vi.spyOn(store, 'delete').mockImplementation(async (key) => {
    await remove(key);
    if (key !== `keys/${id}`) return;
    for (const name of [`keys/${slot}`, `spare/keys/${slot}`]) await remove(name); // by the other one, meanwhile
    writeFileSync(place(key), bytes);
  });
  await expect(removeKey(made.repository, { key: id })).rejects.toMatchObject({ code: 'not-allowed' });
  vi.restoreAllMocks();
  await openAnew(another);
});

test('a recovery key is not replaced by a passphrase', async () => {
  await addKey(made.repository, { secret: another, role: 'recovery', label: 'paper' });
  const passphrase = { secret: { kind: 'passphrase', passphrase: 'new' } as const };
  await expect(changePassphrase(await openAnew(another), passphrase)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  await openAnew(another);
});

test('a repository that has lost its keys says so', async () => {
  for (const folder of ['keys', 'spare/keys']) rmSync(place(folder), { recursive: true });
  await expect(openAnew()).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('keys'),
  });
});
