import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trackedAnd } from '../../src/download/mirrored.ts';
import {
  encodeContent,
  encodeStat,
  entriesOf,
  isTracked,
  noContent,
  writeEntry,
} from '../../src/model/entry.ts';
import { comparePaths } from '../../src/model/path.ts';
import { isDirectory } from '../../src/model/tally.ts';
import { Writer } from '../../src/model/wire.ts';

const time = { seconds: 1, nanos: 0 };

function entry(path: string, kind: 'file' | 'directory', tracked: boolean, mode: number): Uint8Array {
  const stat = new Writer(64);
  encodeStat(stat, { type: kind, size: 0, mtime: time, ctime: time, mode, uid: 0, gid: 0 });
  const content = new Writer(64);
  encodeContent(content, {
    ...noContent,
    tracked,
    ...(kind === 'file' && { list: { depth: 0, items: [] } }),
  });
  const writer = new Writer(256);
  writeEntry(writer, Buffer.from(path), stat.take(), content.take());
  return writer.take();
}

type Tree = { [name: string]: { tracked: boolean; below?: Tree } };

/** A state of a tree; `mode` tells of which. */
function stateOf(tree: Tree, mode: number, at = 's'): [string, Uint8Array][] {
  const own: [string, Uint8Array][] = at === 's' ? [['s', entry('s', 'directory', true, mode)]] : [];
  const below = Object.entries(tree).flatMap(([name, { tracked, below: inner }]): [string, Uint8Array][] => {
    const path = `${at}/${name}`;
    const kind = inner ? 'directory' : 'file';
    return [[path, entry(path, kind, tracked, mode)], ...(inner ? stateOf(inner, mode, path) : [])];
  });
  return [...own, ...below].sort(([a], [b]) => comparePaths(Buffer.from(a), Buffer.from(b)));
}

const run = (state: [string, Uint8Array][]) => state.map(([, bytes]) => bytes);

async function merge(then: Tree, now: Tree): Promise<string[]> {
  const merged = await Array.fromAsync(trackedAnd(run(stateOf(then, 1)), run(stateOf(now, 2))));
  return merged.flatMap((bytes) => [...entriesOf(bytes)].map(({ path }) => Buffer.from(path).toString()));
}

const file = (tracked: boolean) => ({ tracked });
const folder = (tracked: boolean, below: Tree) => ({ tracked, below });

describe('tracked entries of then, and mirrored ones of now', () => {
  test.each<[string, Tree, Tree, string[]]>([
    ['tracked: as of then', { a: file(true) }, { b: file(true) }, ['s', 's/a']],
    ['mirrored: as now', { a: file(false) }, { b: file(false) }, ['s', 's/b']],
    ['tracked wins', { a: file(true) }, { a: file(false) }, ['s', 's/a']],
    ['a new directory of now', {}, { d: folder(true, { a: file(false) }) }, ['s', 's/d', 's/d/a']],
    ['an empty one is not', {}, { d: folder(true, { a: file(true) }) }, ['s']],
    [
      'a mirrored directory that holds something tracked',
      { d: folder(false, { a: file(true), b: file(false) }) },
      {},
      ['s', 's/d', 's/d/a'],
    ],
    ['below what was a file then', { d: file(true) }, { d: folder(false, { a: file(false) }) }, ['s', 's/d']],
  ])('%s', async (_, then, now, expected) => {
    expect(await merge(then, now)).toEqual(expected);
  });

  const name = fc.constantFrom('a', 'b', 'c');
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.dictionary(
      name,
      fc.oneof(
        { maxDepth: 3 },
        fc.record({ tracked: fc.boolean() }),
        fc.record({ tracked: fc.boolean(), below: tie('tree') }),
      ),
      { maxKeys: 3 },
    ),
  }));

  test('whatever the trees: sorted, every parent is a directory before it, nothing tracked is lost', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, async (then, now) => {
        const bytes = await Array.fromAsync(trackedAnd(run(stateOf(then, 1)), run(stateOf(now, 2))));
        const entries = bytes.flatMap((one) => [...entriesOf(one)]);
        const seen = new Map<string, boolean>();
        for (const [i, { path, stat }] of entries.entries()) {
          const text = Buffer.from(path).toString();
          if (i > 0) expect(comparePaths(entries[i - 1]!.path, path)).toBeLessThan(0);
          const parent = text.slice(0, text.lastIndexOf('/'));
          if (text !== 's') expect(seen.get(parent)).toBe(true);
          seen.set(text, isDirectory(stat));
        }
        for (const [path, one] of stateOf(then, 1)) {
          const [{ content } = { content: new Uint8Array(0) }] = entriesOf(one);
          if (isTracked(content)) expect(seen.has(path)).toBe(true);
        }
      }),
    );
  });
});
