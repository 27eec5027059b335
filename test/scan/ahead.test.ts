import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinuxAddon, loadLinuxAddon, MOST_NAMES } from '../../src/native/linux.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import { Ahead } from '../../src/scan/ahead.ts';
import { type Disk, type NativePath, systemDisk, walkersDisk } from '../../src/scan/disk.ts';
import { listNames } from '../../src/scan/listing.ts';
import { joinNative } from '../../src/scan/native-path.ts';
import { scan } from '../../src/scan/scan.ts';
import { isFile, typeBits } from '../../src/scan/system-stat.ts';
import { walk } from '../../src/scan/walk.ts';
import { fakeDisk } from './fake-disk.ts';
import { collect, optionsFor, temporaryDirectory } from './scanned.ts';
import { hasLook, variety } from './variety.ts';

const native = () => loadLinuxAddon() as LinuxAddon;
const LINK = 0o120000;

const take = (ahead: Ahead, directory: string) => ahead.take(directory, systemDisk.stat(directory));

/** A directory by way of `ahead`. */
function listed(directory: string, ahead = new Ahead(native())) {
  ahead.begin(directory);
  return take(ahead, directory);
}

function filled(count: number, name = (i: number) => `${i}`): string {
  const top = temporaryDirectory();
  for (let i = 0; i < count; i++) writeFileSync(join(top, name(i)), '');
  return top;
}

describe.skipIf(!hasLook)('a directory that is listed ahead', () => {
  it('has its names in order, and what is seen of files and links', () => {
    for (const directory of ['/', '/dev', '/etc', filled(MOST_NAMES)]) {
      const found = listed(directory);
      const names = listNames(directory, systemDisk);
      expect(found?.names).toEqual(names);
      const seen = names.map((name) => systemDisk.lstat(joinNative(directory, name)));
      const kinds = seen.map((one) => isFile(one) || typeBits(one) === LINK);
      expect(found?.seen.map((one) => one !== undefined)).toEqual(kinds);
      expect(found?.seen).toEqual(seen.map((one, at) => (kinds[at] ? one : undefined)));
    }
    expect(listed(filled(MOST_NAMES))?.names).toHaveLength(MOST_NAMES);
    expect(listed(filled(0))).toEqual({ names: [], seen: [] });
  });

  it('has names of any script in the order of their bytes', () => {
    const top = temporaryDirectory();
    for (const name of ['\u{1f600}', '\ufb01', 'é', 'e', 'E', 'ee', '\u0001', '~', '-'])
      writeFileSync(join(top, name), '');
    expect(listed(top)?.names).toEqual(listNames(top, systemDisk));
  });

  it('is nothing where it is too large, has names that are no text, is no directory, or not there', () => {
    expect(listed(filled(MOST_NAMES + 1))).toBeUndefined();
    expect(listed(filled(200, (i) => `${i}${'x'.repeat(200)}`))).toBeUndefined();
    const top = variety();
    expect(listed(top)).toBeUndefined();
    for (const name of ['file', 'link']) expect(listed(join(top, name)), name).toBeUndefined();
    const ahead = new Ahead(native());
    ahead.begin(join(top, 'gone'));
    expect(ahead.take(join(top, 'gone'), systemDisk.stat(top))).toBeUndefined();
    symlinkSync('directory', join(top, 'link to a directory'));
    expect(listed(join(top, 'link to a directory'))).toBeUndefined();
    expect(take(ahead, top)).toBeUndefined();
    const long = `/${'x'.repeat(20_000)}`;
    ahead.begin(long);
    expect(ahead.has(long)).toBe(false);
  });

  it('is there whoever makes it, and however many wait', () => {
    const top = temporaryDirectory();
    const all = Array.from({ length: 40 }, (_, i) => join(top, `${i}`));
    for (const [i, directory] of all.entries()) {
      mkdirSync(directory);
      for (let j = 0; j < i; j++) writeFileSync(join(directory, `${j}`), '');
    }
    const ahead = new Ahead(native());
    for (let round = 0; round < 20; round++) {
      for (const directory of all) ahead.begin(directory);
      const found = (round % 2 ? all : all.toReversed()).map(
        (directory) => [directory, take(ahead, directory)] as const,
      );
      const taken = found.filter(([, one]) => one);
      expect(taken.length).toBe(16);
      for (const [directory, one] of taken) expect(one?.names).toEqual(listNames(directory, systemDisk));
    }
  });

  it('is listed anew when the walk comes late, and makes room for others', () => {
    let now = 0;
    const ahead = new Ahead(native(), () => now);
    const tops = Array.from({ length: 17 }, () => filled(1));
    for (const top of tops) ahead.begin(top);
    expect(ahead.has(tops[16] as string)).toBe(false);
    now = 501;
    ahead.begin(tops[16] as string);
    expect(ahead.has(tops[16] as string)).toBe(true);
    expect(take(ahead, tops[16] as string)?.names).toEqual(['0']);
    ahead.begin(tops[0] as string);
    now = 3000;
    expect(take(ahead, tops[0] as string)).toBeUndefined();
    expect(ahead.has(tops[0] as string)).toBe(false);
  });

  it('is listed anew where another one took its place', () => {
    const ahead = new Ahead(native());
    const [one, other] = [filled(3), filled(5)];
    ahead.begin(one);
    expect(ahead.take(one, systemDisk.stat(other))).toBeUndefined();
    ahead.begin(one);
    expect(take(ahead, one)?.names).toHaveLength(3);
  });

  it('is asked for whole, or not at all', () => {
    const names = Buffer.alloc(1000, '/\0');
    const answers = new Float64Array((MOST_NAMES + 1) * 16);
    const begin = native().begin as (...args: unknown[]) => number;
    for (const args of [
      [],
      [names],
      [names, new Float64Array(MOST_NAMES * 16)],
      [names, new Uint8Array((MOST_NAMES + 1) * 16 * 8)],
      [Buffer.alloc(1000, 'x'), answers],
      ['/', answers],
    ])
      expect(() => begin(...args)).toThrow(TypeError);
    const finish = native().finish as (...args: unknown[]) => number;
    const ticket = begin(names, answers);
    expect(finish(ticket, true)).toBeGreaterThan(0);
    expect(finish(begin(Buffer.alloc(1000, '/\0'), answers), false)).toBeGreaterThanOrEqual(-1);
    for (const args of [[], [0], [ticket, true], [-1, true], [16, true], ['0', true]])
      expect(() => finish(...args)).toThrow(TypeError);
  });
});

/** Directories of directories and numbers of files, some of them too many. */
const trees = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'medium', withCrossShrink: true },
    fc.integer({ min: 0, max: 70 }),
    fc.constant(MOST_NAMES + 1),
    fc.array(tie('tree'), { maxLength: 12 }),
  ),
})).tree;

function plant(directory: string, tree: unknown): void {
  mkdirSync(directory);
  if (typeof tree === 'number') for (let i = 0; i < tree; i++) writeFileSync(join(directory, `f${i}`), '');
  else for (const [i, below] of (tree as unknown[]).entries()) plant(join(directory, `d${i}`), below);
}

describe.skipIf(!hasLook)('a walk that lists ahead', () => {
  it('finds what one finds that does not', async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const top = join(temporaryDirectory(), 'top');
        plant(top, tree);
        const options = optionsFor(top, { batchBytes: 4000 });
        const expected = collect(walk(options, systemDisk));
        expect(collect(walk(options, walkersDisk()))).toEqual(expected);
        const batches = [];
        for await (const batch of scan(options)) batches.push(batch);
        expect(collect(batches)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('can be ended at any time', async () => {
    const top = variety();
    for (let i = 0; i < 30; i++) plant(join(top, `d${i}`), 70);
    for (let round = 0; round < 10; round++) {
      const batches = scan(optionsFor(top, { batchBytes: 100 }));
      for (let i = 0; i <= round; i++) expect((await batches.next()).done).toBe(false);
      await batches.return(undefined);
    }
  });
});

describe('what is listed ahead', () => {
  /** A disk that notes what it is asked to list ahead, and lists nothing. */
  const noting = (disk: Disk, begun: string[]): Disk => ({
    ...disk,
    lstatAll: (directory, names) => names.map((name) => disk.lstat(joinNative(directory, name))),
    ahead: {
      has: (path: NativePath) => begun.includes(slashed(path)),
      begin: (path: NativePath) => begun.push(slashed(path)),
      take: () => undefined,
    },
  });
  const slashed = (path: NativePath) => String(path).replaceAll(sep, '/');

  it('is neither out by a rule, nor on another file system, nor anything but a directory', () => {
    const begun: string[] = [];
    const tree = { a: { x: 1 }, b: { y: 1 }, c: { y: {}, z: { w: 1 } }, d: 'a', e: 1, f: { f: {}, g: {} } };
    const disk = noting(fakeDisk(tree, { devices: { '/c': 2n } }), begun);
    const lines = ruleLines(['/b/', '/f/g/'], { origin: '--exclude' });
    collect(
      walk(optionsFor(sep, { rules: { form: 'ordinary', lines, ignoreFiles: true, ifPresent: [] } }), disk),
    );
    // The first one of a directory is gone to at once.
    expect(new Set(begun)).toEqual(new Set(['/f', '/c/z']));
  });

  it('is what comes next, a few at a time', () => {
    const begun: string[] = [];
    const tree = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`d${String(i).padStart(2, '0')}`, {}]),
    );
    const names: number[] = [];
    const disk = noting(fakeDisk(tree), begun);
    const list = (path: NativePath) => {
      names.push(new Set(begun).size);
      return disk.names(path);
    };
    collect(walk(optionsFor(sep), { ...disk, names: list }));
    expect(new Set(begun).size).toBe(19);
    // What is begun is never more than six beyond what is listed: the source itself, then each directory.
    for (const [at, count] of names.entries()) expect(count - at).toBeLessThanOrEqual(6);
  });

  it('is not looked at again, but for directories', () => {
    const fake = fakeDisk({ a: { x: 1 }, b: { y: 1, z: 2, c: { d: 3 } } });
    const looked: string[] = [];
    const disk: Disk = {
      ...fake,
      lstatAll: (directory, names) => {
        looked.push(...names.map(String));
        return names.map((name) => fake.lstat(joinNative(directory, name)));
      },
      ahead: {
        has: () => false,
        begin: () => {},
        take: (directory) => {
          const names = listNames(directory, fake) as string[];
          const all = names.map((name) => fake.lstat(joinNative(directory, name)));
          return { names, seen: all.map((one) => (isFile(one) ? one : undefined)) };
        },
      },
    };
    expect(collect(walk(optionsFor(sep), disk)).paths).toHaveLength(8);
    // `b` once more when it comes back from `a`, and what follows `c` when it comes back from that.
    expect(looked).toEqual(['a', 'b', 'b', 'c', 'z', 'y']);
  });
});
