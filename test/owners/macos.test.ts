import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lsofOptions } from '../../src/owners/lsof.ts';
import { macOwners, type RunLsof } from '../../src/owners/macos.ts';
import { TimeLimit } from '../../src/owners/time-limit.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-owners-'));
  file = path.join(directory, 'held');
  await writeFile(file, '');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const search = (run: RunLsof, milliseconds = 10_000) => ({
  time: new TimeLimit(milliseconds),
  self: 7,
  isRoot: true,
  run,
});
/** What lsof prints of processes that have `target` open, under another name. */
async function printed(target: string, ...processes: [pid: number, access: string][]): Promise<string> {
  const { dev, ino } = await stat(target);
  return processes
    .map(
      ([pid, access]) =>
        `p${pid}\ncmdworker\nLann\nf5\na${access}\nl \nD0x${dev.toString(16)}\ni${ino}\nn/other/name\n`,
    )
    .join('');
}

test('files are found by device and inode, and this process is left out', async () => {
  const text = await printed(file, [7, 'r'], [300, 'u'], [200, 'r'], [300, 'r']);
  const asked: string[][] = [];
  const run: RunLsof = async (args) => {
    asked.push(args);
    return { text };
  };
  const other = path.join(directory, 'other');
  await writeFile(other, '');
  expect(await macOwners([file, other], search(run))).toEqual([
    {
      owners: [
        { pid: 300, program: 'mdworker', user: 'ann', how: 'open for writing' },
        { pid: 200, program: 'mdworker', user: 'ann', how: 'open for reading' },
      ],
    },
    { owners: [] },
  ]);
  expect(asked).toEqual([[...lsofOptions, file, other]]);
});

test('many paths are asked about in turns', async () => {
  let runs = 0;
  const run: RunLsof = async () => {
    runs++;
    return { text: '' };
  };
  const found = await macOwners(Array(250).fill(file), search(run));
  expect({ runs, answers: found.length }).toEqual({ runs: 3, answers: 250 });
});

test('why not everything is known is told', async () => {
  const failing = search(async () => ({ text: '', problem: 'lsof is not installed' }));
  expect((await macOwners([file], failing))[0]?.unknown).toBe('lsof is not installed');
  const user = { ...search(async () => ({ text: '' })), isRoot: false };
  expect((await macOwners([file], user))[0]?.unknown).toMatch(/run as root/);
  expect(
    (
      await macOwners(
        [`${file}-not`],
        search(async () => ({ text: '' })),
      )
    )[0]?.unknown,
  ).toMatch(/ENOENT/);
  const late = search(() => Promise.reject(new Error('asked')), 0);
  expect((await macOwners([file], late))[0]?.unknown).toMatch(/too long/);
});
