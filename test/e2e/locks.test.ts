import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  for (const name of ['shop.db', 'free.txt']) await writeFile(path.join(home.directory, name), 'rows');
});
afterEach(() => home.remove());

describe.runIf(process.platform === 'linux')('locks', () => {
  let holder: ChildProcess;
  beforeEach(async () => {
    const code = "fs.openSync('shop.db', 'r+'); console.log(); setInterval(() => {}, 1e6)";
    holder = spawn(process.execPath, ['-e', code], {
      cwd: home.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => holder.once('close', resolve));
    holder.kill('SIGKILL');
    await ended;
  });

  test('names the program that holds a file, and says of another that nobody does', async () => {
    const { code, stdout, stderr } = await home.run(['locks', 'shop.db', 'free.txt']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ *PID .*\\n *${holder.pid} +node .*open for writing +shop\\.db\\n`));
    expect(stdout).toMatch(/Nobody .* free\.txt/);
  });

  test('tells programs the same', async () => {
    const { code, stdout } = await home.run(['locks', 'free.txt', 'shop.db', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { path: 'free.txt', owners: [] },
        { path: 'shop.db', owners: [{ pid: holder.pid, program: 'node', how: 'open for writing' }] },
      ],
    });
  });
});

test('a file that is not there is one clear line', async () => {
  const { code, stdout, stderr } = await home.run(['locks', 'free.txt', 'fre.txt']);
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: 'Error: There is no file fre.txt\n',
  });
});

test('something must be named', async () => {
  const { code, stderr } = await home.run(['locks']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/Missing FILES/);
});
