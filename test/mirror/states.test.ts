import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { incrementsIn, makeMirror, removeRig, treeOf } from './rig.ts';

/*
 * Whatever is done to a source between runs: the mirror is what the source is, and every state that a run saw comes back.
 */

/** Not what stands for a directory in a tree. */
const text = fc.string({ maxLength: 3 }).filter((one) => one !== '/');
const path = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/e', 'd/e/f', 'é', 'x y/z', 'same');
const edit = fc.oneof(
  // Short and often the same length, so that size alone tells little.
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('write' as const), path, text }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), path }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('folder' as const), path }) },
  {
    weight: lacks('symlinks') ? 0 : 2,
    arbitrary: fc.record({ kind: fc.constant('link' as const), path, text: fc.constantFrom('a', 'nowhere') }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), path, to: path }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rewrite' as const), path, text }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('mode' as const), path, mode: fc.constantFrom(0o600, 0o755) }),
  },
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** What a system says of an edit that cannot be made where things are. */
const refusals = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EINVAL', 'ENOTEMPTY', 'EPERM', 'ELOOP'];

function apply(source: string, one: Edit): void {
  const place = join(source, one.path);
  try {
    if (one.kind === 'mode' || one.kind === 'rewrite') {
      // What a link leads to has a path of its own.
      if (lstatSync(place).isSymbolicLink()) return;
    }
    if (one.kind === 'mode') chmodSync(place, one.mode);
    else if (one.kind === 'rewrite') rewrite(place, one.text);
    else if (one.kind === 'rename') renameSync(place, join(source, one.to));
    else make(place, one);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!refusals.includes(code)) throw error;
  }
}

function make(place: string, one: Edit): void {
  // Below a link to itself, rmSync fails without a code.
  if (lstatSync(place, { throwIfNoEntry: false })) rmSync(place, { recursive: true });
  if (one.kind === 'delete') return;
  mkdirSync(dirname(place), { recursive: true });
  if (one.kind === 'write') writeFileSync(place, one.text);
  if (one.kind === 'folder') mkdirSync(place);
  if (one.kind === 'link') symlinkSync(one.text, place);
}

/** Changes a file and sets its time back: only the time of the change itself tells. */
function rewrite(place: string, text: string): void {
  const { mtime, size } = lstatSync(place);
  writeFileSync(place, text.padEnd(size, '.').slice(0, size));
  utimesSync(place, mtime, mtime);
}

const runs = fc.array(fc.array(edit, { maxLength: 6 }), { minLength: 2, maxLength: 4 });

test('every state of random edits comes back from increments and mirror', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      const rig = makeMirror();
      try {
        const states = [];
        for (const edits of all) {
          for (const one of edits) apply(rig.source, one);
          const { time, statistics, skipped } = await rig.run();
          const tree = treeOf(rig.source);
          expect(skipped).toEqual([]);
          expect(treeOf(join(rig.to, 'mirror'))).toEqual(tree);
          expect(statistics.files).toBe(Object.values(tree).filter((text) => text !== '/').length);
          states.push({ time, tree });
        }
        if (incrementsIn(rig.to).length === 0) return;
        for (const [i, { time, tree }] of states.entries()) {
          if (time < new Date()) await expectState(rig.to, join(rig.root, `out-${i}`), time, tree);
        }
      } finally {
        await removeRig(rig);
      }
    }),
    { numRuns: Number(process.env.BMCLOUD_TEST_MIRRORS ?? (isWindows ? 4 : 15)) },
  );
}, 200_000);

async function expectState(from: string, to: string, time: Date, tree: object): Promise<void> {
  const at = { time };
  const options = { from, at, to, paths: [], overwrite: 'if-different' as const, onEvent: () => {} };
  const restored = await restoreFromMirror(options).catch((error: unknown) => error);
  // Before the first change there is nothing.
  if (restored instanceof Error) return expect(tree).toEqual({});
  expect(restored).toMatchObject({ failed: [] });
  expect(treeOf(to)).toEqual(tree);
}
