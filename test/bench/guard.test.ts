import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRandom } from '../../bench/random.ts';
import { text } from '../../bench/text.ts';
import { push } from '../../src/push.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { restore } from '../../src/restore.ts';
import { isWindows } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';
import { countFileCalls, type FileCalls } from './file-calls.ts';

/*
 * What a push and a restore ask of the store and of the disk, counted on a fixed tree: never wall time, which differs from machine
 * to machine. A number that grows wants a reason; one that shrinks is to be written down here, so that it stays.
 */

const FILES = 300;
const FOLDERS = 10;
const LARGE = 3 * 1024 * 1024;
const WRITTEN = new Date('2026-01-02T03:04:05Z');

interface Figures {
  requests: Repository['counts']['requests'];
  calls: FileCalls;
  uploaded: number;
  downloaded: number;
}

let made: TestRepository;

beforeAll(async () => {
  const random = new SeededRandom(7);
  made = await makeRepository({
    random: (length) => random.bytes(length),
    // Ahead, so that nothing seems to change while it is read.
    now: () => new Date(Date.now() + 10_000),
  });
  makeTree(made.source);
});
afterAll(async () => await made.cleanup());

test('the first push', async () => {
  const { requests, calls, uploaded } = await measured(pushed);
  expect(requests).toEqual({ get: 4, put: 3, putStream: 1, list: 5, stat: 0, delete: 0, sweep: 1 });
  if (!isWindows) expect(calls).toEqual({ syncs: 22, renames: 12, links: 3 });
  expect(uploaded).toBeGreaterThan(LARGE);
  expect(uploaded).toBeLessThan(4_000_000);
});

test('a push of nothing new: five requests, of which one writes', async () => {
  const { requests, calls, uploaded } = await measured(pushed);
  expect(requests).toEqual({ get: 2, put: 1, putStream: 0, list: 1, stat: 1, delete: 0, sweep: 0 });
  if (!isWindows) expect(calls).toEqual({ syncs: 4, renames: 2, links: 1 });
  expect(uploaded).toBe(600);
});

test('a push of one percent', async () => {
  change(made.source);
  const { requests, calls, uploaded } = await measured(pushed);
  expect(requests).toEqual({ get: 2, put: 2, putStream: 1, list: 3, stat: 1, delete: 0, sweep: 1 });
  if (!isWindows) expect(calls).toEqual({ syncs: 10, renames: 6, links: 1 });
  expect(uploaded).toBeLessThan(630_000);
});

test('a restore: every manifest and every block once', async () => {
  const { requests, calls, uploaded, downloaded } = await measured(restored);
  const { get, ...others } = requests;
  expect(others).toEqual({ put: 0, putStream: 0, list: 5, stat: 1, delete: 0, sweep: 0 });
  // One more or less as blocks lie; with manifests that are not kept it is 17.
  expect(get).toBeLessThanOrEqual(9);
  if (!isWindows) expect(calls).toEqual({ syncs: 0, renames: FILES + 1, links: 0 });
  expect(uploaded).toBe(0);
  expect(downloaded).toBeLessThan(4_600_000);
});

test('a restore of what is there reads metadata only', async () => {
  const { requests, downloaded } = await measured(restored);
  expect(requests).toEqual({ get: 5, put: 0, putStream: 0, list: 5, stat: 1, delete: 0, sweep: 0 });
  expect(downloaded).toBeLessThan(20_000);
});

test('a push on top of ten others needs no more', async () => {
  for (let i = 0; i < 10; i++) await measured(pushed);
  const { requests, uploaded } = await measured(pushed);
  expect(requests).toEqual({ get: 2, put: 1, putStream: 0, list: 1, stat: 1, delete: 0, sweep: 0 });
  expect(uploaded).toBe(600);
});

test('small pushes leave few objects: a pack and an index for each that found something', () => {
  const stored = filesBelow(made.location).map((path) =>
    path.slice(made.location.length + 1).replaceAll('\\', '/'),
  );
  const kinds = ['packs/data/', 'packs/meta/', 'index/', 'manifests/'];
  const counts = kinds.map((kind) => stored.filter((path) => path.startsWith(kind)).length);
  expect(counts).toEqual([2, 0, 2, 15]);
});

/** What one command needs: a repository is opened for it, as the program does. */
async function measured(act: (repository: Repository) => Promise<unknown>): Promise<Figures> {
  const { calls, end } = await countFileCalls();
  try {
    const repository = await made.open();
    await act(repository);
    await repository.close();
    return { ...structuredClone(repository.counts), calls };
  } finally {
    end();
  }
}

const pushed = (repository: Repository) =>
  push(
    repository,
    pushOptions({
      sources: [made.source],
      ownDirectories: [made.location],
    }),
  );

const restored = (repository: Repository) =>
  restore(repository, {
    at: { latest: true },
    paths: [],
    target: { to: join(made.root, 'restored') },
    overwrite: 'if-different',
    deleteExtra: false,
    dryRun: false,
    verify: false,
    confirm: async () => true,
    partial: false,
    ownership: false,
    workers: 0,
  });

function makeTree(root: string): void {
  const random = new SeededRandom(1);
  for (let i = 0; i < FILES; i++) write(fileOf(root, i), text(random, 500 + random.below(8000)));
  write(join(root, 'large'), random.bytes(LARGE));
  for (let i = 0; i < FOLDERS; i++) utimesSync(join(root, `folder${i}`), WRITTEN, WRITTEN);
}

/** One file each: changed, deleted, added; and a piece of the large one. */
function change(root: string): void {
  const random = new SeededRandom(2);
  write(fileOf(root, 0), text(random, 4000));
  rmSync(fileOf(root, 1));
  write(fileOf(root, FILES), text(random, 4000));
  const large = new SeededRandom(1);
  for (let i = 0; i < FILES; i++) text(large, 500 + large.below(8000));
  const bytes = large.bytes(LARGE);
  bytes.set(random.bytes(4096), LARGE / 2);
  write(join(root, 'large'), bytes);
}

function fileOf(root: string, i: number): string {
  return join(root, `folder${i % FOLDERS}`, `file${i}.txt`);
}

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  utimesSync(path, WRITTEN, WRITTEN);
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}
