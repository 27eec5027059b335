import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

const isOther = process.platform !== 'linux' || process.env.BMCLOUD_TEST_PROGRAM !== undefined;
if (isOther)
  console.info('Left out: only on Linux, and with Node beside it, the program becomes itself once more');

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
  expect(words[0]).toBe('bmcloud');
  expect(words.slice(-3)).toEqual(['push', '--tag', 'two words']);
});

test.skipIf(isOther)('what somebody set stays, for hooks, too', async () => {
  expect(await home.run(['push'], { env: { [SETTING]: '3' } })).toMatchObject({ code: 0 });
  expect([settingIn('program'), settingIn('hook')]).toEqual(['3', '3']);
});
