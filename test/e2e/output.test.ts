import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome, homeOf } from '../fixtures/cli.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';

/*
 * What goes in and out of the program besides files: standard input and output, keys, settings.
 */

let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  await home.run(['init', 'repo', '--new-key-file', 'key', '--recovery-key-file', 'recovery']);
});
afterEach(() => home.remove());

const keys = ['--repo', 'repo', '--key-file', 'key'];

describe('a command that prints the passphrase', () => {
  const greedy = isWindows ? 'more >NUL & type key' : 'cat >/dev/null; cat key';

  test('is given nothing of what is backed up', async () => {
    const pushed = await home.run(
      ['push', '--stdin-name', 'dump', '--repo', 'repo', '--passphrase-command', greedy],
      { input: 'IMPORTANT\n' },
    );
    expect(pushed.code).toBe(0);
    const { stdout } = await home.run(['cat', 'dump', ...keys]);
    expect(stdout).toBe('IMPORTANT\n');
  });
});

test.skipIf(lacks('proc'))('a backup is made although nobody can read its report', async () => {
  writeFileSync(path.join(home.directory, 'file'), 'x');
  const full = openSync('/dev/full', 'w');
  const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [program, 'push', 'file', ...keys], {
    cwd: home.directory,
    env: { PATH: process.env.PATH, ...homeOf(home.directory) },
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect(stderr).toMatch(/^Error: Cannot write to standard output: .*ENOSPC/m);
  expect(stderr).not.toContain('    at ');
  expect(status).toBe(1);
  const { stdout } = await home.run(['snapshots', '--json', ...keys]);
  expect(JSON.parse(stdout).snapshots).toHaveLength(1);
});

describe('a key', () => {
  test('that was refused leaves no file that opens nothing', async () => {
    await home.run(['key', 'add', '--push-only', '--new-key-file', 'server', ...keys]);
    const asServer = ['--repo', 'repo', '--key-file', 'server'];
    for (const command of ['add', 'passwd']) {
      const { code } = await home.run(['key', command, '--new-key-file', 'mine', ...asServer]);
      expect(code, command).toBe(12);
      expect(existsSync(path.join(home.directory, 'mine')), command).toBe(false);
    }
  });

  test('that is to be removed is named in full', async () => {
    await home.run(['key', 'add', '--new-key-file', 'other', '--label', 'office', ...keys]);
    const { stdout } = await home.run(['key', 'list', '--json', ...keys]);
    const { id } = JSON.parse(stdout).keys.find(({ label }: { label: string }) => label === 'office');
    const { stderr } = await home.run(['key', 'remove', id.slice(0, 6), ...keys]);
    expect(stderr).toContain(`Remove owner key ${id.slice(0, 8)} (office)?`);
    expect((await home.run(['key', 'remove', 'zz', ...keys])).stderr).toContain('No key begins with "zz"');
  });
});

describe('a recovery key', () => {
  const roles = async () => {
    const { stdout } = await home.run(['key', 'list', '--json', ...keys]);
    return JSON.parse(stdout)
      .keys.map(({ role }: { role: string }) => role)
      .sort();
  };

  test('that cannot be handed over is not in the repository', async () => {
    const before = await roles();
    const file = path.join('recovery', 'below');
    const { code } = await home.run(['key', 'add', '--recovery', '--recovery-key-file', file, ...keys]);
    expect(code).toBe(2);
    expect(await roles()).toEqual(before);
    writeFileSync(path.join(home.directory, 'file'), 'x');
    expect((await home.run(['push', 'file', ...keys])).stderr).not.toContain('recovery key');
  });

  test('of a new repository that cannot be handed over is told as that', async () => {
    const file = path.join('recovery', 'below');
    const made = ['init', 'another', '--new-key-file', 'another.key', '--recovery-key-file', file];
    const { code, stderr } = await home.run(made);
    expect(code).toBe(2);
    expect(stderr).toContain('The repository is made, but nobody has its recovery key');
    expect(stderr).toContain('key add --recovery');
    const opened = await home.run(['key', 'list', '--repo', 'another', '--key-file', 'another.key']);
    expect(opened.code).toBe(0);
  });

  test('that can opens the repository', async () => {
    await home.run(['key', 'add', '--recovery', '--recovery-key-file', 'second', ...keys]);
    const opened = await home.run(['key', 'list', '--repo', 'repo', '--passphrase-file', 'second']);
    expect(opened.code).toBe(0);
  });
});

test('a time that a listing shows takes in what it is shown for', async () => {
  writeFileSync(path.join(home.directory, 'file'), 'x');
  await home.run(['push', 'file', ...keys]);
  for (const until of ['today', 'now']) {
    const { stdout } = await home.run(['snapshots', '--until', until, '--json', ...keys]);
    expect(JSON.parse(stdout).snapshots, until).toHaveLength(1);
  }
});

test('filters that leave nothing are not a repository without snapshots', async () => {
  expect((await home.run(['snapshots', ...keys])).stdout).toBe('There are no snapshots\n');
  expect((await home.run(['snapshots', '--tag', 'x', ...keys])).stdout).toBe('No snapshot matches\n');
});

test('a path that no snapshot has is not one without differences', async () => {
  writeFileSync(path.join(home.directory, 'file'), 'x');
  await home.run(['push', 'file', ...keys]);
  for (const to of ['disk', 'latest']) {
    const typo = await home.run(['diff', 'latest', to, '--path', 'flie', ...keys]);
    expect([typo.code, typo.stdout], to).toEqual([2, '']);
    expect(typo.stderr, to).toContain('no "flie"');
    const { code, stderr } = await home.run(['diff', 'latest', to, '--path', 'file', ...keys]);
    expect([code, stderr], to).toEqual([0, 'There is no difference\n']);
  }
});

test('a location that holds a password is not written into the configuration', async () => {
  const { code, stdout, stderr } = await home.run(['config', 'set', 'repository', 's3://u:hunter2@bucket/p']);
  expect(code).toBe(2);
  expect(stdout + stderr).not.toContain('hunter2');
  const file = path.join(home.directory, '.bmcloud', 'config', 'config.json');
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain('hunter2');
});
