import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { listManifests, openRepository, restore, stateOf } from './reader.mjs';
import { type Fixture, makeFixture, PASSPHRASE, pushOnlyText, recoveryText } from './writer/fixture.ts';
import { dataOf, modeOf, type Node, secondsOf, type Tree } from './writer/tree.ts';

let place: string;
let fixture: Fixture;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'bmcloud-reader-'));
  fixture = makeFixture(join(place, 'repository'));
});

afterAll(() => {
  if (!isWindows) execFileSync('chmod', ['-R', 'u+rwX', place]);
  rmSync(place, { recursive: true });
});

const open = (secret = PASSPHRASE) => openRepository(fixture.repo.directory, secret);
const freshTarget = () => join(mkdtempSync(join(place, 'target-')), 'tree');

test('lists the manifests of every job, by number', () => {
  const manifests = listManifests(open());
  const kinds = manifests
    .filter(({ jobHex }) => jobHex === fixture.job)
    .map(({ number, kind }) => `${number} ${kind}`);
  expect(kinds).toEqual([
    '0 registration',
    '1 snapshot',
    '2 snapshot',
    '3 partial',
    '4 fence',
    '5 snapshot',
    '6 snapshot',
  ]);
  expect(manifests.find(({ jobHex }) => jobHex === fixture.machineJob)?.domain).toBe(fixture.machine.domain);
  expect(manifests.find(({ number }) => number === 2)).toMatchObject({ host: 'höst', tags: ['a', 'b'] });
});

test.skipIf(lacks('byteNames'))('restores every snapshot of every job byte for byte', () => {
  const repo = open();
  for (const [job, trees] of Object.entries(fixture.trees)) {
    for (const [number, tree] of Object.entries(trees)) {
      const target = freshTarget();
      restore(repo, job, Number(number), target);
      expectTree(target, tree);
    }
  }
  expect(repo.problems).toEqual([]);
});

test('opens with a recovery key, however it is typed', () => {
  const typed = recoveryText().toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
  expect(listManifests(open(typed)).length).toBe(9);
});

test('opens with the passphrase in another normal form', () => {
  expect(open(PASSPHRASE.normalize('NFD')).problems).toEqual([]);
});

test('a push-only key reads its own index and no manifest', () => {
  const repo = open(pushOnlyText());
  expect([...repo.rows.keys()].every((name) => name.startsWith(fixture.machine.domain))).toBe(true);
  expect(repo.rows.size).toBe(1);
  expect(listManifests(repo)).toEqual([]);
  expect(repo.problems.join('\n')).toMatch('a push-only key cannot open');
});

test('tells which index objects prune may drop', () => {
  expect(open().superseded).toEqual([fixture.superseded]);
});

test('reads the records of the owner', () => {
  const records = open().ownerRecords;
  expect(records.map(({ kind }) => kind)).toEqual(['close', 'condemn', 'pardon']);
  expect(records[1]?.fences).toHaveLength(2);
});

test('a fence has no state', () => {
  expect(() => stateOf(open(), fixture.job, 4)).toThrow(/a fence has no state/);
});

test.skipIf(lacks('byteNames'))('the command restores the latest snapshot', () => {
  const target = freshTarget();
  const reader = fileURLToPath(new URL('reader.mjs', import.meta.url));
  const env = { ...process.env, BMCLOUD_PASSPHRASE: PASSPHRASE };
  const output = execFileSync(
    process.execPath,
    [reader, fixture.repo.directory, fixture.job, 'latest', target],
    { env },
  );
  expect(JSON.parse(output.toString())).toEqual({ entries: 2, bytes: 9, skipped: 0 });
  expectTree(target, fixture.trees[fixture.job]![6]!);
});

function expectTree(target: string, tree: Tree): void {
  const expected = Object.entries(tree).filter(([, { type }]) => type !== 'fifo');
  expect(pathsBelow(Buffer.from(target)).sort()).toEqual(expected.map(([path]) => path).sort());
  for (const [path, node] of expected) expectNode(below(target, path), path, node);
  const linked = expected.filter(([, { hardLink }]) => hardLink);
  expect(new Set(linked.map(([path]) => lstatSync(below(target, path)).ino)).size).toBe(
    linked.length > 0 ? 1 : 0,
  );
}

function below(target: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${target}/`), Buffer.from(path, 'latin1')]);
}

/** The paths in a directory, one character a byte. */
function pathsBelow(directory: Buffer): string[] {
  return readdirSync(directory, { encoding: 'buffer' }).flatMap((name) => {
    const path = Buffer.concat([directory, Buffer.from('/'), name]);
    const deeper = lstatSync(path).isDirectory() ? pathsBelow(path) : [];
    return [name.toString('latin1'), ...deeper.map((other) => `${name.toString('latin1')}/${other}`)];
  });
}

function expectNode(path: Buffer, name: string, node: Node): void {
  const stat = lstatSync(path);
  expect(Math.abs(stat.mtimeMs - (secondsOf(node) + 0.5) * 1000), `mtime of ${name}`).toBeLessThan(0.001);
  if (node.type === 'link') {
    expect(readlinkSync(path)).toBe(node.target);
    return;
  }
  expect(stat.mode & 0o7777, `mode of ${name}`).toBe(modeOf(node));
  expect(stat.isDirectory()).toBe(node.type === 'directory');
  if (node.type === 'file') expectData(path, name, node, stat.blocks * 512);
}

function expectData(path: Buffer, name: string, node: Node, allocated: number): void {
  expect(readFileSync(path).equals(dataOf(node)), `bytes of ${name}`).toBe(true);
  const holes = (node.pieces ?? []).reduce<number>(
    (sum, piece) => sum + (typeof piece === 'number' ? piece : 0),
    0,
  );
  if (holes > 100_000) expect(allocated).toBeLessThan(dataOf(node).length - holes / 2);
}
