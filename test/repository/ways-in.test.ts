import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addKey, listKeys } from '../../src/keys.ts';
import type { Secret } from '../../src/seal/secret.ts';
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
const openAnew = (secret = made.secret) => {
  const machine = join(made.root, `machine ${machines++}`);
  const directories = {
    ...made.directories,
    cache: join(machine, 'cache'),
    state: join(machine, 'state'),
  };
  return made.open({ secret: async () => secret, directories });
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

test('a repository that has lost its keys says so', async () => {
  for (const folder of ['keys', 'spare/keys']) rmSync(place(folder), { recursive: true });
  await expect(openAnew()).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringContaining('keys'),
  });
});
