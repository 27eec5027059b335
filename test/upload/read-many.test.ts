import {
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultSizes } from '../../src/chunk/cut.ts';
import { encodeStat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import { type LinuxAddon, loadLinuxAddon } from '../../src/native/linux.ts';
import { openShared } from '../../src/read/shared.ts';
import type { Verdict } from '../../src/repository/known-chunks.ts';
import { systemDisk } from '../../src/scan/disk.ts';
import { joinNative, nativeOf } from '../../src/scan/native-path.ts';
import { readOwners } from '../../src/scan/owners.ts';
import { statOf } from '../../src/scan/stat.ts';
import { isFile } from '../../src/scan/system-stat.ts';
import { Lane } from '../../src/upload/lane.ts';
import { readMany } from '../../src/upload/read-many.ts';
import { type FileToRead, type LanePort, writeFile } from '../../src/upload/tasks.ts';
import { temporaryDirectory } from '../scan/scanned.ts';
import { hasLook, variety } from '../scan/variety.ts';
import { owner } from '../seal/known.ts';

const native = () => loadLinuxAddon() as LinuxAddon;

/** A file as a scan sees it now. */
function asSeen(path: string | Buffer): FileToRead {
  const seen = systemDisk.lstat(path);
  const writer = new Writer(256);
  encodeStat(writer, statOf('file', seen, readOwners()));
  return { path: Buffer.from(path as string), stat: writer.take(), size: seen.size, edited: false };
}

const smallFilesIn = (top: string): FileToRead[] =>
  systemDisk
    .rawNames(top)
    .map((name) => joinNative(top, name))
    .filter((path) => isFile(systemDisk.lstat(path)) && systemDisk.lstat(path).size < 1e6)
    .map(asSeen);

/** What is read of them at once: the bytes, and what each was. */
function readAll(files: FileToRead[]) {
  const room = Buffer.alloc(files.reduce((sum, { size }) => sum + size, 0));
  const seen = readMany(native())(files, room);
  let end = 0;
  return files.map(({ size }, at) => {
    end += size;
    return { bytes: room.subarray(end - size, end), seen: seen[at] };
  });
}

/** So many files, each with its number. */
function numbered(top: string, count: number): FileToRead[] {
  return Array.from({ length: count }, (_, i) => {
    const path = join(top, `${i}`);
    writeFileSync(path, `${i} `.repeat(i + 1));
    return asSeen(path);
  });
}

const openFiles = () => readdirSync('/proc/self/fd').length;

describe.skipIf(!hasLook)('many files at once', () => {
  it('are read as they are one by one, whatever they are named', () => {
    const files = smallFilesIn(variety());
    expect(files.length).toBeGreaterThan(6);
    for (const [at, { bytes, seen }] of readAll(files).entries()) {
      const path = nativeOf(files[at]?.path as Uint8Array);
      expect(bytes).toEqual(readFileSync(path));
      expect(seen).toEqual(systemDisk.lstat(path));
    }
  });

  it('are as many as there are, and none stays open', () => {
    const files = numbered(temporaryDirectory(), 400);
    for (const gone of [0, 31, 32, 399]) rmSync(nativeOf(files[gone]?.path as Uint8Array));
    const before = openFiles();
    const found = readAll(files);
    expect(openFiles()).toBe(before);
    for (const [at, { bytes, seen }] of found.entries()) {
      if ([0, 31, 32, 399].includes(at)) expect(seen).toBeUndefined();
      else expect([seen?.size, bytes.toString()]).toEqual([bytes.length, `${at} `.repeat(at + 1)]);
    }
  });

  it('are left to be read one by one where one is not what it was', () => {
    const top = temporaryDirectory();
    const files = numbered(top, 4);
    truncateSync(join(top, '1'), 1);
    rmSync(join(top, '2'));
    symlinkSync('0', join(top, '2'));
    expect(readAll(files).map(({ seen }) => seen !== undefined)).toEqual([true, false, false, true]);
  });

  it('are asked for whole, or not at all', () => {
    const { read } = native();
    const paths = Buffer.from('/etc/passwd\0/etc/group\0');
    const sizes = Uint32Array.of(10, 5);
    const room = Buffer.alloc(15);
    const answers = new Float64Array(2 * 16);
    expect(() => read(paths, paths.length, sizes, 2, room, answers)).not.toThrow();
    const call = read as (...args: unknown[]) => void;
    for (const args of [
      [],
      [paths, paths.length, sizes, 2, room],
      [paths, paths.length + 1, sizes, 2, room, answers],
      [paths, paths.length - 1, sizes, 2, room, answers],
      [paths, paths.length, sizes, 1, room, answers],
      [paths, paths.length, sizes, 3, room, answers],
      [paths, paths.length, sizes.subarray(1), 2, room, answers],
      [paths, paths.length, Uint16Array.of(10, 5), 2, room, answers],
      [paths, paths.length, Uint32Array.of(10, 6), 2, room, answers],
      [paths, paths.length, Uint32Array.of(2 ** 32 - 1, 16), 2, room, answers],
      [paths, paths.length, sizes, 2, room.subarray(1), answers],
      [paths, paths.length, sizes, 2, room, answers.subarray(1)],
      [Buffer.from('\0/etc/group\0'), 12, sizes, 2, room, answers],
    ])
      expect(() => call(...args), JSON.stringify(args)).toThrow(TypeError);
  });
});

/** A port that stores all, and what went through it. */
function collecting(): { port: LanePort; bytes: () => Buffer } {
  const pieces: Buffer[] = [];
  const port: LanePort = {
    ask: async ({ flags }) => Array.from(flags, (): Verdict => 'store'),
    packBegins: () => {},
    piece: async (_, bytes) => {
      pieces.push(Buffer.from(bytes));
    },
    packEnds: () => {},
    refined: () => {},
  };
  return { port, bytes: () => Buffer.concat(pieces) };
}

describe.skipIf(!hasLook)('a lane', () => {
  const settings = { write: owner.write, sizes: defaultSizes, level: 1, packBytes: 1e9, readSize: 1e6 };

  /** An addon that can read nothing. */
  const none = (): Pick<LinuxAddon, 'read'> => ({ read: (...args) => args[5].fill(-1) });

  const resultsOf = async (files: FileToRead[], linux: Pick<LinuxAddon, 'read'>) => {
    const { port, bytes } = collecting();
    const lane = new Lane(settings, port, undefined, linux);
    const task = new Writer(1024);
    for (const file of files) writeFile(task, file);
    const results = await lane.run({ kind: 'files', files: task.take() });
    await lane.finish();
    return { results, stored: bytes().length };
  };

  it('does the same where the addon reads and where it does not, also where files are not what they were', async () => {
    const top = variety();
    numbered(top, 300);
    const files = smallFilesIn(top);
    const at = (name: string) => join(top, name);
    rmSync(at('7'));
    truncateSync(at('8'), 3);
    writeFileSync(at('9'), 'longer than it was'.repeat(10));
    utimesSync(at('10'), 1, 1);
    rmSync(at('11'));
    symlinkSync('12', at('11'));
    rmSync(at('13'));
    symlinkSync(readlinkSync(at('link')), at('13'));

    const [quick, plain] = [await resultsOf(files, native()), await resultsOf(files, none())];
    expect(quick).toEqual(plain);
    const kinds = quick.results.map((result) => result.kind);
    expect(kinds.filter((kind) => kind === 'failed')).toHaveLength(3);
    expect(quick.results.filter((result) => 'stat' in result)).toHaveLength(3);
  });
});

describe.skipIf(platform() !== 'linux')('when a file was read last', () => {
  it('stays as it was', async () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'text');
    const old = new Date('2020-01-01');
    utimesSync(path, old, new Date());
    const { size } = statSync(path);

    const file = openShared(path, 1000);
    file.read(Buffer.alloc(size), 0);
    file.close();
    expect(statSync(path).atime).toEqual(old);
    if (hasLook) readAll([asSeen(path)]);
    expect(statSync(path).atime).toEqual(old);

    readFileSync(path);
    if (statSync(path).atime.getTime() === old.getTime())
      console.log('This file system notes no reads at all');
  });
});
