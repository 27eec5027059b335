import { isUtf8 } from 'node:buffer';
import { sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePaths } from '../../src/model/path.ts';
import { walk } from '../../src/scan/walk.ts';
import { isWindows, slashed } from '../fixtures/platform.ts';
import { type Faults, fakeDisk, systemError, type Tree } from './fake-disk.ts';
import { collect, optionsFor, type Scanned, told } from './scanned.ts';

const noOwners = { users: new Map<number, string>(), groups: new Map<number, string>() };

function scanTree(tree: Tree, faults: Faults = {}, more: Parameters<typeof optionsFor>[1] = {}): Scanned {
  return collect(walk(optionsFor(sep, more), fakeDisk(tree, faults), noOwners));
}

/** Names of bytes: plain, of all planes of Unicode, and no text at all. */
const byteName = fc
  .oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ' ', '0'), minLength: 1, maxLength: 3 }),
    fc
      .string({
        unit: fc.constantFrom('a', '\u00e9', '\ud7a3', '\ue000', '\ufffd', '\u{1f600}'),
        minLength: 1,
        maxLength: 3,
      })
      .map((text) => Buffer.from(text).toString('latin1')),
    fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  )
  .filter((name) => !isWindows || isWindowsName(Buffer.from(name, 'latin1')))
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..' && name !== '__proto__');

/** There, names are text, and what text lost is a problem. */
function isWindowsName(name: Buffer): boolean {
  return isUtf8(name) && !/[\\\ufffd]/.test(name.toString());
}

const { tree } = fc.letrec<{ tree: Tree; node: Tree | number }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, fc.nat(1000), tie('tree')),
  tree: fc.dictionary(byteName, tie('node'), { maxKeys: 6, noNullPrototype: true }),
}));

function allPaths(node: Tree | number | string, path: string): string[] {
  if (typeof node !== 'object') return [path];
  return [path, ...Object.entries(node).flatMap(([name, below]) => allPaths(below, `${path}/${name}`))];
}

describe('the walk', () => {
  it('gives every path once, in the order of entries, in batches of any size', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(1, 100, 1000, 200_000), (root, batchBytes) => {
        const naive = allPaths(root, 's').map((path) => Buffer.from(path, 'latin1'));
        naive.sort(comparePaths);
        const scanned = scanTree(root, {}, { batchBytes });
        expect(scanned.paths).toEqual(naive.map((path) => path.toString('latin1')));
        expect(scanned.problems).toEqual([]);
      }),
    );
  });

  it('puts what lies below a directory before names that only start like it', () => {
    expect(scanTree({ 'a-b': 1, a: { c: 1 }, 'a.': 1 }).paths).toEqual([
      's',
      's/a',
      's/a/c',
      's/a-b',
      's/a.',
    ]);
  });

  it('walks sources in the order of their names, and each by its own root', () => {
    const sources = ['b', 'a', 'a-2'].map((name) => ({ name, path: Buffer.from(`/${name}`) }));
    const disk = fakeDisk({ a: { x: 1 }, b: { y: 1 }, 'a-2': 7 });
    const scanned = collect(walk(optionsFor(sep, { sources }), disk, noOwners));
    expect(scanned.paths).toEqual(['a', 'a/x', 'a-2', 'b', 'b/y']);
  });

  it('goes deeper than the stack of calls would', () => {
    const disk = fakeDisk({});
    let asked = 0;
    const deep = { ...disk, names: () => (asked++ < 12_000 ? ['a'] : []), lstat: () => disk.stat('/') };
    expect(collect(walk(optionsFor(sep), deep, noOwners)).paths).toHaveLength(12_001);
  });

  it('cuts no path longer than the format allows, but tells of it', () => {
    const disk = fakeDisk({});
    let asked = 0;
    const deep = {
      ...disk,
      names: () => (asked++ < 400 ? ['n'.repeat(255)] : []),
      lstat: () => disk.stat('/'),
    };
    const scanned = collect(walk(optionsFor(sep), deep, noOwners));
    expect(Math.max(...scanned.paths.map((path) => path.length))).toBeLessThanOrEqual(65_535);
    expect(scanned.problems.map(({ code }) => code)).toEqual(['ENAMETOOLONG']);
  });

  it('gives batches their own buffers and about the size asked for', () => {
    const root = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`file ${i}`, i]));
    const batches = [...walk(optionsFor(sep, { batchBytes: 10_000 }), fakeDisk(root), noOwners)];
    expect(batches.length).toBeGreaterThan(5);
    for (const { run } of batches) expect(run.buffer.byteLength).toBe(run.length);
    for (const { run } of batches) expect(run.length).toBeLessThan(11_000);
  });
});

describe('what the walk cannot read', () => {
  const root: Tree = { a: { x: 1 }, b: { y: 1 }, c: 'target', d: 4 };

  it('keeps a directory that cannot be listed, and goes on', () => {
    const scanned = scanTree(root, { list: { '/a': 'EACCES' } });
    expect(scanned.paths).toEqual(['s', 's/a', 's/b', 's/b/y', 's/c', 's/d']);
    expect(told(scanned.problems)).toEqual(['unreadable-directory s/a EACCES']);
    expect(scanned.problems[0]).toMatchObject({ native: `${sep}a`, message: 'permission denied' });
  });

  it('loses nothing but an entry that cannot be looked at', () => {
    const scanned = scanTree(root, { look: { '/b/y': 'EIO' }, readTarget: { '/c': 'EIO' } });
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/x', 's/b', 's/d']);
    expect(told(scanned.problems)).toEqual(['unreadable-entry s/b/y EIO', 'unreadable-entry s/c EIO']);
  });

  it('says nothing of what vanished since its directory was listed', () => {
    const gone: Faults = {
      look: { '/b/y': 'ENOENT' },
      list: { '/a': 'ENOENT' },
      readTarget: { '/c': 'ENOENT' },
    };
    const scanned = scanTree(root, { ...gone, listedOnce: ['a', 'c', 'y'] });
    expect(scanned.paths).toEqual(['s', 's/b', 's/d']);
    expect(scanned.problems).toEqual([]);
  });

  it('takes no name for deleted that is still listed', () => {
    const scanned = scanTree(root, { look: { '/b/y': 'ENOENT', '/c': 'ENOENT' } });
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/x', 's/b', 's/d']);
    expect(told(scanned.problems)).toEqual(['unreadable-entry s/b/y ENOENT', 'unreadable-entry s/c ENOENT']);
  });

  it('finds what took the place of a file just then', () => {
    const disk = fakeDisk({ a: 1, b: 2 });
    let looked = 0;
    const lstat = (path: string | Buffer) => {
      if (slashed(path.toString()) === '/a' && looked++ === 0) throw systemError('ENOENT');
      return disk.lstat(path);
    };
    const scanned = collect(walk(optionsFor(sep), { ...disk, lstat }, noOwners));
    expect(scanned.paths).toEqual(['s', 's/a', 's/b']);
    expect(scanned.problems).toEqual([]);
  });

  it('lists a directory that is being emptied a hundred times, and no more', () => {
    const names = Array.from({ length: 500 }, (_, i) => `f${1000 + i}`);
    const disk = fakeDisk(Object.fromEntries(names.map((name) => [name, 1])));
    let listings = 0;
    const scanned = collect(
      walk(
        optionsFor(sep),
        {
          ...disk,
          names: (path) => disk.names(path).slice(listings++),
          lstat: (path) => {
            if (slashed(path.toString()) !== '/') throw systemError('ENOENT');
            return disk.lstat(path);
          },
        },
        noOwners,
      ),
    );
    expect(scanned.paths).toEqual(['s']);
    expect(listings).toBe(101);
    expect(scanned.problems).toEqual([]);
  });

  it('takes a directory that went away with what was in it for unknown, not for deleted', () => {
    const disk = fakeDisk({ a: { x: 1, y: 1, z: 1 }, b: 1 });
    const faults: Record<string, string> = {};
    const lstat = (path: string | Buffer) => {
      const place = slashed(path.toString());
      if (place === '/a/y') faults['/a'] = 'ENOENT';
      if (place === '/a/y' || place === '/a/z') throw systemError('ENOENT');
      return disk.lstat(path);
    };
    const stat = (path: string | Buffer) => {
      if (faults[slashed(path.toString())]) throw systemError('ENOENT');
      return disk.stat(path);
    };
    const scanned = collect(walk(optionsFor(sep), { ...disk, lstat, stat }, noOwners));
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/x', 's/b']);
    expect(told(scanned.problems)).toEqual(['vanished s/a ENOENT']);
  });

  it('takes a directory whose place another took, as after an unmount, for unknown too', () => {
    const faults: Faults = { look: { '/a/x': 'ENOENT' } };
    const disk = fakeDisk({ a: { x: 1, y: 1 } }, faults);
    const stat = (path: string | Buffer) => ({
      ...disk.stat(path),
      device: slashed(path.toString()) === '/a' ? 9n : 1n,
    });
    const scanned = collect(walk(optionsFor(sep), { ...disk, stat }, noOwners));
    expect(told(scanned.problems)).toEqual(['vanished s/a ENOENT']);
    expect(scanned.paths).toEqual(['s', 's/a']);
  });

  it('names a missing source and walks the others', () => {
    const sources = ['a', 'gone', 'z'].map((name) => ({ name, path: Buffer.from(`/${name}`) }));
    const disk = fakeDisk({ a: { x: 1 }, z: 1 });
    const scanned = collect(walk(optionsFor(sep, { sources }), disk, noOwners));
    expect(scanned.paths).toEqual(['a', 'a/x', 'z']);
    expect(told(scanned.problems)).toEqual(['source-missing gone ENOENT']);
  });

  it('does not call a source missing that is only forbidden', () => {
    expect(told(scanTree(root, { look: { '/': 'EACCES' } }).problems)).toEqual(['unreadable-entry s EACCES']);
  });

  it('tells of a problem before the first entry behind it', () => {
    const faults: Faults = { look: { '/b/y': 'EIO' }, list: { '/a': 'EACCES' } };
    let last = Buffer.alloc(0);
    let problems = 0;
    for (const batch of walk(optionsFor(sep, { batchBytes: 1 }), fakeDisk(root, faults), noOwners)) {
      for (const { path } of batch.problems) expect(comparePaths(last, path)).toBeLessThan(0);
      problems += batch.problems.length;
      last = Buffer.from(collect([batch]).paths.at(-1) ?? last.toString('latin1'), 'latin1');
    }
    expect(problems).toBe(2);
  });

  it('does not hide a fault of its own', () => {
    const broken = { ...fakeDisk(root), lstat: () => JSON.parse('{') };
    expect(() => collect(walk(optionsFor(sep), broken, noOwners))).toThrow(SyntaxError);
  });
});

describe('what the walk leaves out', () => {
  const root: Tree = { a: { x: 1, m: { y: 1, z: 2 } }, own: { data: 1 }, z: 1 };

  it('keeps a mount point, but not what is mounted there', () => {
    const scanned = scanTree(root, { devices: { '/a/m': 2n, '/z': 3n } }, { oneFileSystem: true });
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/m', 's/a/x', 's/own', 's/own/data', 's/z']);
    expect(scanned.excluded).toBe(1);
  });

  it('crosses into it unless told not to', () => {
    expect(scanTree(root, { devices: { '/a/m': 2n } }).paths).toContain('s/a/m/y');
  });

  it('compares with the device of each source', () => {
    const sources = ['a', 'own'].map((name) => ({ name, path: Buffer.from(`/${name}`) }));
    const disk = fakeDisk(root, { devices: { '/own': 2n } });
    const scanned = collect(walk(optionsFor(sep, { sources, oneFileSystem: true }), disk, noOwners));
    expect(scanned.paths).toContain('own/data');
  });

  it('never takes up its own directories, and counts them', () => {
    const { device, inode } = fakeDisk(root).stat('/own');
    const scanned = scanTree(root, {}, { excludedIdentities: [{ device, inode }] });
    expect(scanned.paths).toEqual(['s', 's/a', 's/a/m', 's/a/m/y', 's/a/m/z', 's/a/x', 's/z']);
    expect(scanned.own).toBe(1);
    const elsewhere = scanTree(root, {}, { excludedIdentities: [{ device: device + 1n, inode }] });
    expect(elsewhere.own).toBe(0);
  });
});
