import type { BigIntStats } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeStat, encodeStat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { deviceNumber, statOf } from '../../src/scan/stat.ts';
import { systemStat } from '../../src/scan/system-stat.ts';

const owners = { users: new Map([[7, 'ann']]), groups: new Map([[8, 'staff']]) };
const plain = {
  dev: 1n,
  ino: 2n,
  mode: 0o100644n,
  nlink: 1n,
  uid: 7n,
  gid: 8n,
  rdev: 0n,
  size: 5n,
  mtimeNs: 0n,
  ctimeNs: 0n,
  birthtimeNs: 0n,
} as BigIntStats;
const seen = (more: Partial<BigIntStats> = {}) => systemStat({ ...plain, ...more } as BigIntStats);

it('keeps every nanosecond, before 1970 too', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (mtimeNs) => {
      const { seconds, nanos } = statOf('file', seen({ mtimeNs }), owners).mtime;
      expect(BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toBe(mtimeNs);
      expect(nanos).toBeGreaterThanOrEqual(0);
    }),
  );
});

it('has a birth time only where the file system has one', () => {
  expect(statOf('file', seen(), owners).birthTime).toBeUndefined();
  expect(statOf('file', seen({ birthtimeNs: 5n }), owners).birthTime).toEqual({ seconds: 0, nanos: 5 });
});

it('survives encoding', () => {
  const writer = new Writer();
  encodeStat(writer, statOf('file', seen({ nlink: 3n, ino: 2n ** 63n - 1n }), owners));
  expect(decodeStat(writer.take())).toEqual({
    type: 'file',
    size: 5,
    mtime: { seconds: 0, nanos: 0 },
    ctime: { seconds: 0, nanos: 0 },
    mode: 0o644,
    uid: 7,
    gid: 8,
    user: 'ann',
    group: 'staff',
    inode: 2n ** 63n - 1n,
    device: 1n,
    links: 3,
  });
});

it('counts links of files only', () => {
  expect(statOf('directory', seen({ nlink: 3n }), owners).links).toBeUndefined();
});

it('takes device numbers apart as the C library of the system does', () => {
  expect(deviceNumber(0x103, 'linux')).toBe(2 ** 20 + 3);
  // makedev(4095, 1048575) and makedev(70000, 0) of glibc.
  expect(deviceNumber(0xffff_ffff, 'linux')).toBe(4095 * 2 ** 20 + 1_048_575);
  expect(deviceNumber(0x1100_0017_0000 / 0x1000, 'linux')).toBeGreaterThan(0);
  expect(deviceNumber(0x0100_0003, 'darwin')).toBe(2 ** 20 + 3);
});
