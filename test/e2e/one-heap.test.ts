import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withOneHeap } from '../../src/cli/one-heap.ts';
import { type CliHome, cliHome, homeOf } from '../fixtures/cli.ts';

const isOther = process.platform !== 'linux' || process.env.BMCLOUD_TEST_PROGRAM !== undefined;
if (isOther)
  console.info('Left out: only on Linux, and with Node beside it, the program becomes itself once more');

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const SETTING = 'MALLOC_ARENA_MAX';
let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  mkdirSync(join(home.directory, 'docs'));
  writeFileSync(join(home.directory, 'docs', 'file'), 'data');
  // A hook tells what the process of the program was started with, and what is handed on to itself.
  const before = `tr '\\0' '\\n' < /proc/$PPID/environ > program; tr '\\0' '\\n' < /proc/$PPID/cmdline > words; env > hook`;
  writeFileSync(
    join(home.directory, 'bmcloud.json'),
    JSON.stringify({ hooks: { before }, jobs: { docs: { sources: ['docs'] } } }),
  );
});
afterEach(() => home.remove());

const settingIn = (file: string) =>
  readFileSync(join(home.directory, file), 'utf8').match(new RegExp(`^${SETTING}=(.*)$`, 'm'))?.[1];

test.skipIf(isOther)('all threads of a push share one heap, which hooks know nothing of', async () => {
  const { code, stdout, stderr } = await home.run(['push', '--tag', 'two words']);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved') });
  expect(settingIn('program')).toBe('1');
  expect(settingIn('hook')).toBeUndefined();
  const words = readFileSync(join(home.directory, 'words'), 'utf8').trim().split('\n');
  expect(words.slice(-3)).toEqual(['push', '--tag', 'two words']);
});

test.skipIf(isOther)('a list that was handed over as an open file is read', async () => {
  const names = join(home.directory, 'names');
  writeFileSync(names, 'docs/file\n');
  const list = openSync(names, 'r');
  const words = ['push', '--files-from', '/dev/fd/3', '--job', 'listed', '--json'];
  const child = spawn(process.execPath, [program, ...words], {
    cwd: home.directory,
    env: { PATH: process.env.PATH, ...homeOf(home.directory) },
    stdio: ['ignore', 'pipe', 'ignore', list],
  });
  closeSync(list);
  expect(JSON.parse(await text(child.stdout as Readable))).toMatchObject({ statistics: { files: 1 } });
});

test.skipIf(isOther)('what somebody set stays, for hooks, too', async () => {
  expect(await home.run(['push'], { env: { [SETTING]: '3' } })).toMatchObject({ code: 0 });
  expect([settingIn('program'), settingIn('hook')]).toEqual(['3', '3']);
  const set = { [SETTING]: '3' };
  expect(withOneHeap(set)).toBe(set);
});
