import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestName } from '../../src/manifest/names.ts';
import { fromHex, toHex } from '../../src/model/ids.ts';
import { writeField } from '../../src/model/record.ts';
import { Writer } from '../../src/model/wire.ts';
import { condemnedPacks } from '../../src/repository/condemned.ts';
import { readManifest, sealManifest } from '../../src/repository/manifest-objects.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { signOwnerRecord } from '../../src/seal/sign.ts';
import { verify } from '../../src/verify.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { expectSameTree, listingOf } from '../fixtures/trees.ts';
import { pushFrom, restoreTo } from '../format/program.ts';

/*
 * A prune of the owner, step by step as docs/format.md, section 9, has it, and a push that meets it.
 */

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
  writeFileSync(join(made.source, 'kept'), 'kept '.repeat(1000));
  writeFileSync(join(made.source, 'changed'), 'before');
});
afterEach(async () => await made.cleanup());

const push = (on: Repository) => pushFrom(on, { sources: [made.source] });

function packs(): string[] {
  const files = readdirSync(join(made.location, 'packs', 'data'), { recursive: true, withFileTypes: true });
  return files.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function put(kind: 'condemn' | 'pardon', record: Uint8Array): Promise<Uint8Array> {
  const { keys, store, random } = made.repository;
  const id = random(16);
  const name = `owner/${kind}/${toHex(id)}`;
  await store.put(name, signOwnerRecord(keys, name, record));
  return id;
}

function record(...fields: [number: number, value: Uint8Array][]): Uint8Array {
  const writer = new Writer();
  writeField(writer, 1, true, new Writer().time({ seconds: 1, nanos: 0 }).take());
  for (const [number, value] of fields) writeField(writer, number, true, value);
  return writer.take();
}

async function fence(job: Uint8Array, number: number): Promise<void> {
  const { store, keys, random } = made.repository;
  const { manifest } = await readManifest(store, keys, manifestName(job, 0));
  const key = manifestName(job, number);
  const header = { ...manifest.header, number, kind: 'fence' as const, snapshot: random(16) };
  expect(
    await store.putIfAbsent(key, sealManifest(keys.write, key, { header, earlier: [] }, random).bytes),
  ).toBe('stored');
}

test('a push behind a fence relies on nothing that is condemned, not even for what did not change', async () => {
  const { job } = await push(made.repository);
  const condemned = packs();
  await put('condemn', record([2, Buffer.concat(condemned.map((id) => fromHex(id, 16, 'a pack')))]));
  await fence(fromHex(job, 16, 'a job'), 2);
  writeFileSync(join(made.source, 'changed'), 'after');
  const { number, snapshot } = await push(await made.open());
  expect(number).toBe(3);
  // Now the owner deletes what nobody may rely on: the snapshot is whole without it.
  for (const id of condemned) rmSync(join(made.location, 'packs', 'data', id.slice(0, 2), id));
  const to = mkdtempSync(join(made.root, 'to-'));
  const fresh = await made.open({ directories: { ...made.directories, cache: join(made.root, 'fresh') } });
  await restoreTo(fresh, snapshot, to);
  expectSameTree(listingOf(to), listingOf(made.source));
});

test('a pack that was pardoned counts again', async () => {
  await push(made.repository);
  const ids = Buffer.concat(packs().map((id) => fromHex(id, 16, 'a pack')));
  const condemn = await put('condemn', record([2, ids]));
  const { store, keys } = made.repository;
  expect((await condemnedPacks(store, keys.write)).packs).toEqual(new Set(packs()));
  await put('pardon', record([2, condemn], [3, ids]));
  expect((await condemnedPacks(store, keys.write)).packs).toEqual(new Set());
});

describe('a record that the owner did not sign', () => {
  const name = `owner/condemn/${'0'.repeat(32)}`;
  let snapshot: string;

  beforeEach(async () => {
    ({ snapshot } = await push(made.repository));
    const { store, keys } = made.repository;
    const forged = signOwnerRecord(keys, name, record([2, new Uint8Array(16)]));
    forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
    await store.put(name, forged);
  });

  test('keeps nobody from reading, who is told; verify names it', async () => {
    const to = join(made.root, 'to');
    await restoreTo(await made.open(), snapshot, to);
    expectSameTree(listingOf(to), listingOf(made.source));
    expect(made.events).toContainEqual({ type: 'warning', message: expect.stringContaining(name) });
    const { problems } = await verify(await made.open(), { readData: true });
    expect(problems).toEqual([expect.objectContaining({ where: name })]);
  });

  test('keeps from pushing: what may be relied on cannot be told', async () => {
    writeFileSync(join(made.source, 'changed'), 'after');
    await expect(push(await made.open())).rejects.toMatchObject({ code: 'damaged' });
  });
});

test('who reads reads on in packs that are condemned, while they are there', async () => {
  const { snapshot } = await push(made.repository);
  const ids = Buffer.concat(packs().map((id) => fromHex(id, 16, 'a pack')));
  await put('condemn', record([2, ids]));
  const to = join(made.root, 'to');
  await restoreTo(await made.open(), snapshot, to);
  expectSameTree(listingOf(to), listingOf(made.source));
});
