import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRunList } from '../../src/manifest/manifest.ts';
import { encodeList, encodeStat, type ListItem, type Stat, writeEntry } from '../../src/model/entry.ts';
import { toHex } from '../../src/model/ids.ts';
import { RunWriter } from '../../src/model/run.ts';
import { Writer } from '../../src/model/wire.ts';
import { writeList, writeRun } from '../../src/repository/run-lists.ts';
import { type Chunks, listItems, runEntries } from './reader/entries.mjs';

/*
 * Lists too long for a record, as the program writes them, are what the independent reader follows.
 */

/** A store of chunks by id, and what reads it. */
function chunks() {
  const stored = new Map<string, Buffer>();
  const write = async (bytes: Uint8Array) => {
    const id = createHash('sha256').update(bytes).digest();
    stored.set(id.toString('hex'), Buffer.from(bytes));
    return new Uint8Array(id);
  };
  const repo: Chunks = {
    chunk({ id, length, kind }) {
      expect(kind).toBe(2);
      const found = stored.get(id)!;
      expect(found).toHaveLength(length);
      return found;
    },
  };
  return { write, repo };
}

const gear = Uint32Array.from({ length: 256 }, (_, i) => Math.imul(i + 1, 0x9e37_79b1));
const DIRECTORY: Stat = {
  type: 'directory',
  size: 0,
  mtime: { seconds: 0, nanos: 0 },
  ctime: { seconds: 0, nanos: 0 },
  mode: 0o755,
  uid: 0,
  gid: 0,
};

/** Directories with so long paths that few fit a segment, and few segments a run list. */
function longPaths(count: number, length: number): string[] {
  const deep = Array.from({ length: Math.ceil(length / 250) }, () => 'x'.repeat(249)).join('/');
  return Array.from({ length: count }, (_, i) =>
    `${String(i).padStart(6, '0')}/${deep}`.slice(0, length).replace(/\/$/, 'y'),
  );
}

function run(paths: string[]): Uint8Array[] {
  const writer = new Writer();
  encodeStat(writer, DIRECTORY);
  const stat = writer.take();
  return paths.map((path) => {
    const out = new RunWriter(1);
    writeEntry(out.writer, Buffer.from(path), stat, new Uint8Array(0));
    return out.take();
  });
}

const shapes: [count: number, length: number, depth: number][] = [
  [0, 0, 0],
  [3, 100, 0],
  [2000, 8000, 1],
  [400, 40_000, 2],
];
test.each(shapes)('a run of %i entries with paths of %i bytes has depth %i', async (count, length, depth) => {
  const { write, repo } = chunks();
  const paths = longPaths(count, length);
  const list = await writeRun(run(paths), gear, write);
  expect(list.depth).toBe(depth);
  const found = [...runEntries(repo, '', Buffer.from(encodeRunList(list)), { isChanges: false })];
  expect(found.map(({ path }) => path.toString())).toEqual(paths);
});

const item: fc.Arbitrary<ListItem> = fc.oneof(
  fc.record({
    length: fc.integer({ min: 1, max: 8 * 1024 * 1024 }),
    id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  fc.record({ length: fc.integer({ min: 1, max: 2 ** 40 }) }),
);

test('the list of a long file comes back, whatever its depth', async () => {
  const some = fc.sample(item, 500);
  const depths: number[] = [];
  for (const count of [0, 1, 256, 257, 5000, 530_000]) {
    const { write, repo } = chunks();
    const items = Array.from({ length: count }, (_, i) => some[(i * i) % some.length]!);
    const list = await writeList({ depth: 0, items }, write);
    depths.push(list.depth);
    const writer = new Writer();
    encodeList(writer, list);
    const found = [...listItems(repo, '', Buffer.from(writer.take()))];
    const expected = items.map(({ length, id }) => (id ? { length, id: toHex(id) } : { length, hole: true }));
    expect(JSON.stringify(found) === JSON.stringify(expected), `${count} items`).toBe(true);
  }
  expect(depths.slice(0, 4)).toEqual([0, 0, 0, 1]);
  expect(depths.at(-1)).toBeGreaterThan(1);
});
