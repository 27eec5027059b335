import { sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePaths } from '../../src/model/path.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import { shortRules } from '../../src/rules/short-form.ts';
import type { ScanBatch, ScanOptions } from '../../src/scan/batch.ts';
import type { Disk } from '../../src/scan/disk.ts';
import { rangesBy, type ScanRange } from '../../src/scan/range.ts';
import { Seam } from '../../src/scan/seam.ts';
import { Walk, walk } from '../../src/scan/walk.ts';
import { type Faults, fakeDisk, systemError, type Tree } from './fake-disk.ts';
import { collect, optionsFor, told } from './scanned.ts';
import { allPaths, trees } from './trees.ts';

const noOwners = { users: new Map<number, string>(), groups: new Map<number, string>() };

/** What two walks find that take ranges in turn. */
async function inTurn(
  options: ScanOptions,
  disks: Disk[],
  ranges: Iterable<ScanRange>,
): Promise<ScanBatch[]> {
  const walks = disks.map((disk) => new Walk(options, disk, noOwners));
  const seam = new Seam();
  const batches: ScanBatch[] = [];
  let turn = 0;
  for (const range of ranges) {
    seam.begin(range);
    const part = (walks[turn++ % walks.length] as Walk).through(range);
    for (const batch of part) batches.push(await seam.join(batch));
  }
  return batches;
}

function between(cuts: Uint8Array[]): ScanRange[] {
  const sorted = cuts.toSorted(comparePaths);
  return [...sorted, undefined].map((to, i) => ({
    ...(i > 0 && { from: sorted[i - 1] as Uint8Array }),
    ...(to && { to }),
  }));
}

function summary(batches: Iterable<ScanBatch>) {
  const all = [...batches];
  const { paths, stats, problems, excluded, own } = collect(all);
  const cloud = all.flatMap((batch) => batch.cloud);
  return { paths, stats, problems: told(problems), excluded, own, cloud };
}

const bytes = (path: string) => Buffer.from(path, 'latin1');

const rules = fc.constantFrom<ScanOptions['rules']>(
  undefined,
  {
    form: 'ordinary',
    lines: ruleLines(['a', 'b/', '!aa'], { origin: '--exclude' }),
    ignoreFiles: false,
    ifPresent: ['ab'],
  },
  shortRules({ include_dirs: ['a/b', 'aa'], include_files: ['b/a'], track_files: ['ab:rec'] }),
);

describe('a scan in ranges', () => {
  it('finds the same as one in one piece, wherever it is cut', async () => {
    const places = (root: Tree) => fc.subarray(allPaths(root, 's').slice(1));
    const scenes = trees.chain((root) =>
      fc.record({
        root: fc.constant(root),
        cuts: places(root),
        others: fc.array(fc.constantFrom('r', 's', 's/a/a', 's/a/b/c', 's/b', 's/b/a.', 't'), {
          maxLength: 4,
        }),
        unreadable: places(root),
        unseen: places(root),
        batchBytes: fc.constantFrom(1, 200, 100_000),
        rules,
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        scenes,
        async ({ root, cuts, others, unreadable, unseen, batchBytes, rules: some }) => {
          const fail = (paths: string[], code: string) =>
            Object.fromEntries(paths.map((path) => [path.slice(1), code]));
          const faults: Faults = {
            list: fail(unreadable.slice(0, 2), 'EACCES'),
            look: fail(unseen.slice(0, 2), 'EIO'),
          };
          const disk = fakeDisk(root, faults);
          const options = optionsFor(sep, { batchBytes, ...(some && { rules: some }) });
          const whole = summary(walk(options, disk, noOwners));
          const parts = await inTurn(options, [disk, disk], between([...cuts, ...others].map(bytes)));
          expect(summary(parts)).toEqual(whole);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('visits no more than the directories that lead to a range besides what is in it', () => {
    const disk = fakeDisk({ a: { x: 1 }, b: { c: { x: 1, y: 1 }, d: { x: 1 } }, e: 1 });
    const looked: string[] = [];
    const lstat = (path: string | Buffer) => {
      looked.push(path.toString().replaceAll('\\', '/'));
      return disk.lstat(path);
    };
    const part = new Walk(optionsFor(sep), { ...disk, lstat }, noOwners).through({
      from: bytes('s/b/c/y'),
      to: bytes('s/e'),
    });
    expect(collect(part).paths).toEqual(['s', 's/b', 's/b/c', 's/b/c/y', 's/b/d', 's/b/d/x']);
    expect(looked).toEqual(['/b', '/b/c', '/b/c/y', '/b/d', '/b/d/x']);
  });

  it('tells of what only the second walk cannot read', async () => {
    const root: Tree = { a: { w: 1, x: 1, y: 1, z: 1 }, b: 1 };
    const broken = fakeDisk(root, { list: { '/a': 'EIO' } });
    const batches = await inTurn(optionsFor(sep), [fakeDisk(root), broken], between([bytes('s/a/y')]));
    const { paths, problems } = summary(batches);
    // What is below stays as it was, because of the problem.
    expect(paths).toEqual(['s', 's/a', 's/a/w', 's/a/x', 's/b']);
    expect(problems).toEqual(['unreadable-directory s/a EIO']);
  });

  it('has directories from the walk that could look at them', async () => {
    const root: Tree = { a: { b: { x: 1, y: 1 } } };
    const broken = fakeDisk(root);
    const lstat = () => {
      throw systemError('EIO');
    };
    const disks = [{ ...broken, lstat }, fakeDisk(root)];
    const { paths, problems } = summary(await inTurn(optionsFor(sep), disks, between([bytes('s/a/b/y')])));
    expect(paths).toEqual(['s', 's/a', 's/a/b', 's/a/b/y']);
    expect(problems).toEqual(['unreadable-entry s/a EIO']);
  });
});

describe('ranges by what is known', () => {
  async function cutsBy(count: number, entries: number): Promise<string[]> {
    const root = Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`f${1000 + i}`, 1]));
    const known = [...walk(optionsFor(sep, { batchBytes: 500 }), fakeDisk(root), noOwners)].map(
      ({ run }) => run,
    );
    const cuts: string[] = [];
    let before: Uint8Array | undefined;
    for await (const { from, to } of rangesBy(known, entries)) {
      expect(from).toEqual(before);
      before = to;
      if (to) cuts.push(Buffer.from(to).toString());
    }
    expect(before).toBeUndefined();
    return cuts;
  }

  it.each([
    [1, []],
    [10, []],
    [20, []],
    [21, ['s/f1009']],
    [30, ['s/f1009']],
    [31, ['s/f1009', 's/f1019']],
  ])('of %i entries, ten each: none is short', async (count, expected) => {
    expect(await cutsBy(count, 10)).toEqual(expected);
  });

  it('that is not in order: they ascend all the same', async () => {
    const root = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${1000 + i}`, 1]));
    const [run] = [...walk(optionsFor(sep), fakeDisk(root), noOwners)].map((batch) => batch.run) as [
      Uint8Array,
    ];
    const tos: string[] = [];
    for await (const { to } of rangesBy([run, run, run], 10)) tos.push(Buffer.from(to ?? []).toString());
    expect(tos).toEqual(['s/f1009', 's/f1019', 's/f1029', '']);
  });

  it('of nothing: one', async () => {
    const ranges: ScanRange[] = [];
    for await (const range of rangesBy([])) ranges.push(range);
    expect(ranges).toEqual([{}]);
  });
});
