import type { BigIntStats } from 'node:fs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type LinuxAddon, loadLinuxAddon } from '../../src/native/linux.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import { type Disk, type NativePath, quickDisk, systemDisk } from '../../src/scan/disk.ts';
import type { Name } from '../../src/scan/listing.ts';
import { lstatAll } from '../../src/scan/many.ts';
import { joinNative } from '../../src/scan/native-path.ts';
import { Records } from '../../src/scan/records.ts';
import { type SystemStat, systemStat } from '../../src/scan/system-stat.ts';
import { walk } from '../../src/scan/walk.ts';
import { type Faults, fakeDisk, type Tree } from './fake-disk.ts';
import { collect, optionsFor, told } from './scanned.ts';
import { hasLook, variety } from './variety.ts';

const namesIn = (directory: NativePath): Name[] =>
  systemDisk
    .rawNames(directory)
    .map((bytes) => (Buffer.from(bytes.toString()).equals(bytes) ? bytes.toString() : bytes));

describe.skipIf(!hasLook)('many files at once', () => {
  const native = () => loadLinuxAddon() as LinuxAddon;

  it('are what they are one by one, devices and mount points too', () => {
    const look = lstatAll(native());
    for (const directory of [variety(), '/', '/dev', Buffer.from('/usr/bin')]) {
      const names = namesIn(directory);
      expect(look(directory, names)).toEqual(
        names.map((name) => systemDisk.lstat(joinNative(directory, name))),
      );
    }
  });

  it('are left to be looked at one by one where that fails', () => {
    const look = lstatAll(native());
    const top = variety();
    const found = look(top, ['file', 'gone', 'directory/x', 'file/x']);
    expect(found.map((seen) => seen !== undefined)).toEqual([true, false, false, false]);
    expect(look(join(top, 'gone'), ['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
    expect(look(join(top, 'file'), ['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
  });

  it('are left to be looked at one by one where there is no room for their names', () => {
    const names = Array.from({ length: 600 }, (_, i) => `${'x'.repeat(200)}${i}`);
    expect(lstatAll(native())('/', names)).toEqual([]);
  });

  it('are asked for whole, or not at all', () => {
    const { look } = native();
    const asked = Buffer.from('/\0dev\0tmp\0');
    const room = new Float64Array(2 * 16);
    expect(() => look(asked, asked.length, 2, room)).not.toThrow();
    const call = look as (...args: unknown[]) => void;
    for (const args of [
      [],
      [asked, asked.length, 2],
      [asked, asked.length + 1, 2, room],
      [asked, asked.length - 1, 2, room],
      [asked, 0, 0, room],
      [asked, asked.length, 3, room],
      [asked, asked.length, 1, room],
      [asked, asked.length, 2, room.subarray(1)],
      [asked, asked.length, 2, new Uint8Array(1000)],
      [new Float64Array(10), 10, 2, room],
      ['/', 1, 0, room],
    ])
      expect(() => call(...args), JSON.stringify(args)).toThrow(TypeError);
  });

  it('are found by a walk as they are by one that has no addon', () => {
    const top = variety();
    for (const [name, count] of Object.entries({ few: 2, some: 64, many: 200 })) {
      mkdirSync(join(top, 'directory', name));
      for (let i = 0; i < count; i++) writeFileSync(join(top, 'directory', name, `${i}`), '');
    }
    const options = optionsFor(top, { defaultExcludes: 'all' });
    const quick = vi.spyOn(native(), 'look');
    const [plain, all] = [systemDisk, quickDisk()].map((disk) => collect(walk(options, disk)));
    expect(quick).toHaveBeenCalled();
    expect(all).toEqual(plain);
    expect(all?.paths.length).toBeGreaterThan(266);
    quick.mockRestore();
  });
});

describe('a walk that looks at many files at once', () => {
  const slashed = (path: NativePath) => String(path).replaceAll(sep, '/');

  /** A disk that does, and notes which. */
  const noting = (disk: Disk, looked: string[] = []): Disk & { looked: string[] } => ({
    ...disk,
    looked,
    lstatAll: (directory, names) =>
      names.map((name) => {
        looked.push(String(name));
        try {
          return disk.lstat(joinNative(directory, name));
        } catch {
          return undefined;
        }
      }),
  });

  it('does not look at what is left out', () => {
    const disk = noting(fakeDisk({ a: 1, b: 2, c: { d: 4, 'e.o': 5 }, f: 6 }));
    const lines = ruleLines(['/b', '*.o'], { origin: '--exclude' });
    const found = collect(
      walk(optionsFor(sep, { rules: { form: 'ordinary', lines, ignoreFiles: true, ifPresent: [] } }), disk),
    );
    // At `f` once more when it comes back from `c`.
    expect(disk.looked).toEqual(['a', 'c', 'f', 'd', 'f']);
    expect(found.paths).toEqual(['s', 's/a', 's/c', 's/c/d', 's/f']);
    expect(found.excluded).toBe(2);
  });

  it('tells what is wrong with one of them', () => {
    const disk = noting(fakeDisk({ a: 1, b: 2, c: 3 }, { look: { '/b': 'EACCES', '/c': 'EIO' } }));
    const found = collect(walk(optionsFor(sep), disk));
    expect(found.paths).toEqual(['s', 's/a']);
    expect(told(found.problems)).toEqual(['unreadable-entry s/b EACCES', 'unreadable-entry s/c EIO']);
  });

  it('takes what is in a directory that goes away for unknown', () => {
    const faults = { list: {} as Record<string, string>, look: {} as Record<string, string> };
    const disk = noting(fakeDisk({ d: { a: { x: 1 }, b: { y: 1 }, c: { z: 1 } } }, faults));
    const names = (directory: NativePath) => {
      if (slashed(directory) === '/d/b') {
        // Unmounted: what was seen of `c` is of no use.
        for (const path of ['/d/b', '/d/c']) faults.list[path] = 'ENOENT';
        faults.look['/d'] = 'ENOENT';
      }
      return disk.names(directory);
    };
    const found = collect(walk(optionsFor(sep), { ...disk, names }));
    expect(told(found.problems)).toEqual(['vanished s/d ENOENT']);
    expect(found.paths).toEqual(['s', 's/d', 's/d/a', 's/d/a/x']);
  });

  /** What is found where something happens while the directory `/a` is listed. */
  const meanwhile = (tree: Tree, faults: Faults, happens: () => void, more = {}) => {
    const disk = noting(fakeDisk(tree, faults));
    const names = (directory: NativePath) => {
      if (slashed(directory) === '/a') happens();
      return disk.names(directory);
    };
    return collect(walk(optionsFor(sep, more), { ...disk, names }));
  };

  it.each([
    ['it has names', { x: 1 }, {}, ['s/a/x']],
    ['it is empty', {}, {}, []],
    ['it cannot be listed', { x: 1 }, { list: { '/a': 'EIO' } }, []],
  ])('looks again when it comes back: what is unmounted is unknown (%s)', (_, a, faults, below) => {
    const look: Record<string, string> = {};
    const found = meanwhile({ a, y: 1, z: 2 }, { ...faults, look }, () => {
      for (const path of ['/', '/y', '/z']) look[path] = 'ENOENT';
    });
    expect(found.paths).toEqual(['s', 's/a', ...below]);
    expect(told(found.problems)).toContain('vanished s ENOENT');
  });

  it('looks again when it comes back: a link in the place of a directory is not followed', () => {
    const tree: Tree = { a: { x: 1 }, b: { y: 1 }, c: { z: 1 } };
    const found = meanwhile(tree, {}, () => {
      tree.c = '/elsewhere';
    });
    expect(found.stats.get('s/c')?.type).toBe('symlink');
    expect(found.paths).not.toContain('s/c/z');
  });

  it('looks again when it comes back: what is mounted is another file system', () => {
    const devices: Record<string, bigint> = {};
    const tree = { a: { x: 1 }, b: { y: 1 }, c: { z: 1 } };
    const mounted = () => {
      devices['/c'] = 2n;
    };
    const found = meanwhile(tree, { devices }, mounted, { oneFileSystem: true });
    expect(found.paths).toEqual(['s', 's/a', 's/a/x', 's/b', 's/b/y', 's/c']);
  });

  it('looks again after a pause', () => {
    const look: Record<string, string> = {};
    const disk = noting(fakeDisk({ x: 1, y: 1, z: 1 }, { look }));
    const batches = [];
    for (const batch of walk(optionsFor(sep, { batchBytes: 1 }), disk)) {
      batches.push(batch);
      if (batches.length === 2) for (const path of ['/', '/y', '/z']) look[path] = 'ENOENT';
    }
    const found = collect(batches);
    expect(found.paths).toEqual(['s', 's/x']);
    expect(told(found.problems)).toEqual(['vanished s ENOENT']);
  });
});

describe('a record that is odd', () => {
  it('with nanoseconds that make a second is left to node:fs', () => {
    const records = new Records(2);
    records.numbers.fill(0);
    expect(records.at(0)).toMatchObject({ mtime: { seconds: 0, nanos: 0 }, birthTime: undefined });
    records.numbers[16 + 10] = 1e9;
    expect(records.at(1)).toBeUndefined();
  });

  it('with numbers beyond 2^63 is what node:fs makes of them', () => {
    const records = new Records(1);
    new BigUint64Array(records.numbers.buffer).set([2n ** 64n - 5n, 2n ** 63n + 7n], 13);
    const { device, inode } = records.at(0) as SystemStat;
    const stats = {
      mode: 0n,
      nlink: 0n,
      uid: 0n,
      gid: 0n,
      rdev: 0n,
      size: 0n,
      mtimeNs: 0n,
      ctimeNs: 0n,
      birthtimeNs: 0n,
    };
    const seen = systemStat({ ...stats, dev: -5n, ino: 7n - 2n ** 63n } as BigIntStats);
    expect([device, inode]).toEqual([seen.device, seen.inode]);
  });
});
