import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findOwners } from '../../src/owners/owners.ts';

let directory: string;
let file: string;
let children: ChildProcess[];
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-owners-'));
  file = path.join(directory, 'held.db');
  await writeFile(file, 'rows');
  children = [];
});
afterEach(async () => {
  for (const child of children) {
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
  }
  await rm(directory, { recursive: true, force: true });
});

/** Starts a program in a group of its own; resolves when it has printed something. */
async function start(command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((resolve, reject) => child.once('error', reject).stdout?.once('data', resolve));
  return child.pid as number;
}

/** A process of Node that runs `code` and stays. */
const startNode = (code: string) =>
  start(process.execPath, ['-e', `${code}; console.log(); setInterval(() => {}, 1e6)`]);
const holders = async (...paths: (string | Buffer)[]) =>
  (await findOwners(paths, { platform: 'linux' })).map(({ owners }) => owners);

describe.runIf(process.platform === 'linux')('on this Linux', () => {
  test('a program that locks a file is named, and so is the one that inherited the descriptor', async () => {
    const pid = await start('flock', [file, 'sh', '-c', 'echo; sleep 1000; true']);
    const [owners] = await holders(file);
    expect(owners).toContainEqual({
      pid,
      program: 'flock',
      user: os.userInfo().username,
      how: expect.stringMatching(/^write lock \(flock\)/),
      commandLine: expect.stringContaining(`flock ${file} sh -c echo`),
    });
    expect(owners?.map(({ program }) => program)).toContain('sh');
  });

  test('a program that writes a file without a lock is named', async () => {
    const pid = await startNode(`fs.openSync(${JSON.stringify(file)}, 'a')`);
    const [owners] = await holders(file);
    expect(owners).toMatchObject([{ pid, program: 'node', how: 'open for writing' }]);
    expect(owners?.[0]?.commandLine).toContain('openSync');
  });

  test('each of several paths gets its own owners, bytes as well as text', async () => {
    const odd = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(odd, '');
    const reader = await startNode(`fs.openSync(Buffer.from('${odd.toString('hex')}', 'hex'), 'r')`);
    const writer = await startNode(`fs.openSync(${JSON.stringify(file)}, 'r+')`);
    const other = path.join(directory, 'other');
    await writeFile(other, '');
    const found = await holders(odd, other, file);
    expect(found).toMatchObject([
      [{ pid: reader, how: 'open for reading' }],
      [],
      [{ pid: writer, how: 'open for writing' }],
    ]);
  });

  test('this process is never an owner', async () => {
    const descriptor = openSync(file, 'r+');
    try {
      expect(await holders(file)).toEqual([[]]);
    } finally {
      closeSync(descriptor);
    }
  });

  test('without time there is an answer nevertheless', async () => {
    const [answer] = await findOwners([file], { platform: 'linux', deadline: 0 });
    expect(answer).toEqual({ owners: [], unknown: expect.stringContaining('too long') });
  });
});

test('an interruption is one', async () => {
  const signal = AbortSignal.abort();
  await expect(findOwners([file], { platform: 'linux', signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
});

test('nothing asked, nothing looked for', async () => {
  expect(await findOwners([], { platform: 'linux' })).toEqual([]);
});

describe('Windows by the addon', () => {
  const lockOwners = async () => ({
    owners: [
      { pid: 4312, program: 'OUTLOOK.EXE', how: '\u001b[31mred' },
      { pid: 12, program: 'unknown' },
      { pid: process.pid, program: 'node.exe' },
    ],
    notes: [],
  });
  const lookUp = async (pids: number[]) =>
    pids.map((pid) => ({ pid, program: 'a.exe', user: '', commandLine: '' }));

  test('only who has no name is looked up, nothing steers the terminal, this process is left out', async () => {
    const [answer] = await findOwners(['C:\\x'], { platform: 'win32', windows: { lockOwners }, lookUp });
    expect(answer?.owners).toEqual([
      { pid: 4312, program: 'OUTLOOK.EXE', how: '[31mred' },
      { pid: 12, program: 'a.exe' },
    ]);
  });
});
