import { link, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { linuxOwners } from '../../src/owners/linux.ts';
import { programName } from '../../src/owners/linux-process.ts';
import { TimeLimit } from '../../src/owners/time-limit.ts';

/*
 * A proc(5) of our own making; `owners.test.ts` looks into the real one.
 */

const asked = vi.hoisted(() => [] as string[]);
vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const recorded = (file: string, ...rest: []) => {
    asked.push(String(file));
    return real.stat(file, ...rest);
  };
  return { ...real, stat: recorded as typeof real.stat };
});

let directory: string;
let proc: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-owners-'));
  proc = path.join(directory, 'proc');
  file = path.join(directory, 'ledger.db');
  await writeFile(file, 'rows');
  await fakeProcess(1, { name: 'init', descriptors: [] });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

interface FakeProcess {
  name: string;
  descriptors: [target: string, info: string][];
  exe?: string;
}

async function fakeProcess(pid: number, { name, descriptors, exe }: FakeProcess) {
  const own = path.join(proc, String(pid));
  await mkdir(path.join(own, 'fd'), { recursive: true });
  await mkdir(path.join(own, 'fdinfo'));
  await writeFile(path.join(own, 'status'), `Name:\t${name}\nState:\tS\nUid:\t0\t0\t0\t0\n`);
  for (const [fd, [target, info]] of descriptors.entries()) {
    await symlink(target, path.join(own, 'fd', String(fd)));
    await writeFile(path.join(own, 'fdinfo', String(fd)), info);
  }
  if (exe !== undefined) await symlink(exe, path.join(own, 'exe'));
}

const search = (overrides = {}) => ({
  time: new TimeLimit(10_000),
  self: 7,
  isRoot: true,
  proc,
  ...overrides,
});
const infoOf = async (target: string, flags: string) =>
  `flags:\t${flags}\nino:\t${(await stat(target)).ino}\n`;

test('several descriptors of one process make one owner', async () => {
  const reading = await infoOf(file, '0100000');
  const lock = `${await infoOf(file, '0100002')}lock:\t1: FLOCK  ADVISORY  WRITE 40 fe:00:1 0 EOF\n`;
  await fakeProcess(40, {
    name: 'postgres',
    descriptors: [
      [file, reading],
      ['socket:[12]', 'flags:\t02\n'],
      [file, lock],
    ],
  });
  const [answer] = await linuxOwners([file], search());
  expect(answer).toEqual({
    owners: [{ pid: 40, program: 'postgres', user: 'root', how: 'write lock (flock), open for writing' }],
  });
});

test('the process that asks is left out', async () => {
  await fakeProcess(7, { name: 'bmcloud', descriptors: [[file, await infoOf(file, '0100000')]] });
  expect(await linuxOwners([file], search())).toEqual([{ owners: [] }]);
});

test('another name of the file is the same file', async () => {
  const other = path.join(directory, 'other');
  await link(file, other);
  await fakeProcess(40, { name: 'cat', descriptors: [[other, await infoOf(file, '0100000')]] });
  expect((await linuxOwners([file], search()))[0]?.owners).toMatchObject([{ pid: 40 }]);
});

test('where the kernel does not tell the inode, the name is a clue', async () => {
  await fakeProcess(40, { name: 'cat', descriptors: [[file, 'flags:\t0100000\n']] });
  expect((await linuxOwners([file], search()))[0]?.owners).toMatchObject([{ pid: 40 }]);
});

test('a file of the same name elsewhere is another file', async () => {
  const elsewhere = path.join(directory, 'elsewhere', 'ledger.db');
  await mkdir(path.dirname(elsewhere));
  await writeFile(elsewhere, '');
  await fakeProcess(40, { name: 'cat', descriptors: [[elsewhere, await infoOf(elsewhere, '0100000')]] });
  expect(await linuxOwners([file], search())).toEqual([{ owners: [] }]);
});

test('no file system is asked of a file that cannot be ours', async () => {
  const dead = path.join(directory, 'dead-mount');
  await fakeProcess(40, { name: 'cat', descriptors: [[dead, 'flags:\t0100000\nino:\t1\n']] });
  asked.length = 0;
  await linuxOwners([file], search());
  expect(asked).toEqual([file]);
});

test('a program that runs is held', async () => {
  await fakeProcess(40, { name: 'ledger', descriptors: [['pipe:[1]', '']], exe: file });
  expect((await linuxOwners([file], search()))[0]?.owners).toMatchObject([{ pid: 40, how: 'running' }]);
});

test('what cannot be looked into is told', async () => {
  await mkdir(path.join(proc, '40'));
  await symlink('fd', path.join(proc, '40', 'fd')); // a loop cannot be read, by root neither
  const unknown = async (isRoot: boolean) => (await linuxOwners([file], search({ isRoot })))[0]?.unknown;
  expect(await unknown(false)).toMatch(/run as root/);
  expect(await unknown(true)).toMatch(/not even by root/);
});

test('a system that hides the processes of others is noticed', async () => {
  await rm(path.join(proc, '1'), { recursive: true });
  expect((await linuxOwners([file], search({ isRoot: false })))[0]?.unknown).toMatch(/run as root/);
});

test('without proc(5) nothing is known', async () => {
  const [answer] = await linuxOwners([file], search({ proc: file }));
  expect(answer).toEqual({ owners: [], unknown: `${file} is not there to tell` });
});

test('a missing file does not keep another from its answer', async () => {
  await fakeProcess(40, { name: 'cat', descriptors: [[file, await infoOf(file, '0100000')]] });
  const [missing, found] = await linuxOwners([`${file}-not`, file], search());
  expect(missing).toEqual({ owners: [], unknown: expect.stringContaining('ENOENT') });
  expect(found?.owners).toHaveLength(1);
});

test('the time that is over ends the search', async () => {
  await fakeProcess(40, { name: 'cat', descriptors: [[file, await infoOf(file, '0100000')]] });
  let now = 0;
  const time = new TimeLimit(100, undefined, () => now);
  const searching = linuxOwners([file], search({ time }));
  now = 100;
  expect(await searching).toEqual([{ owners: [], unknown: expect.stringContaining('too long') }]);
});

test.each([
  ['node-MainThread', 'node', 'node'],
  ['MainThread', 'node', 'node'],
  ['chromium-browse', 'chromium-browser', 'chromium-browser'],
  ['backup.py', 'python3.13', 'backup.py'],
  ['postgres', '', 'postgres'],
])('the process %s of %s is %s', (name, executable, program) => {
  expect(programName(name, executable)).toBe(program);
});
