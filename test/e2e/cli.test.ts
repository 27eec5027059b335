import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';
import { lacks } from '../fixtures/platform.ts';

let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
});
afterEach(() => home.remove());

test('--version is one line', async () => {
  const { code, stdout, stderr } = await home.run(['--version']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^bmcloud\/\d+\.\d+\.\d+ \S+ node-v\d+\.\d+\.\d+\n$/);
});

test('every command has help with examples', async () => {
  const root = await home.run(['--help']);
  expect(root.code).toBe(0);
  for (const command of ['push', 'restore', 'key add', 'debug examine']) {
    const { code, stdout } = await home.run([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('EXAMPLES');
  }
});

describe('bad input: one line, a hint, exit 2, no stack trace', () => {
  test.each([
    [['psuh'], /Unknown command "psuh"; did you mean "bmcloud push"\?/],
    [['key', 'lst'], /did you mean "bmcloud key list"\?/],
    [['push', '.', '--dryrun'], /Unknown flag --dryrun; did you mean --dry-run\?/],
    [['restore', '--delete=false'], /--delete takes no value/],
    [['restore', '--to', 'x', '--in-place'], /--to and --in-place cannot be used together/],
    [['push'], /Nothing to back up was named/],
    [['push', '.', '--workers', '0'], /--workers: "0" is not a whole number from 1 to 256/],
    [['ls', '--limit-download', 'fast', '--repo', 'r'], /--limit-download: "fast" is not an amount of bytes/],
    [['history'], /Missing PATH/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await home.run(args);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('under --json the error is the object', async () => {
    const { code, stdout, stderr } = await home.run(['snapshots', '--json', '--nonsense']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'usage', message: 'Unknown flag --nonsense' },
    });
  });
});

test('a first push of what is not there makes nothing', async () => {
  const { code, stdout, stderr } = await home.run(['push', 'not-there']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/not-there/);
  expect(stderr).not.toMatch(/was made/);
  expect(await home.run(['snapshots'])).toMatchObject({ code: 10 });
});

test('with nothing configured there is no repository', async () => {
  const { code, stderr } = await home.run(['snapshots']);
  expect(code).toBe(10);
  expect(stderr).toMatch(/bmcloud push DIR/);
});

test('config set, path and show agree', async () => {
  await home.run(['config', 'set', 'repository', 's3://bucket/laptop']);
  const file = (await home.run(['config', 'path'])).stdout.trim();
  if (!lacks('modes')) expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { stdout } = await home.run(['config', 'show', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ file, repository: 's3://bucket/laptop', isDefault: false });
});

test('config show has each job, and says no secret', async () => {
  const jobs = {
    documents: { sources: ['a'] },
    mail: { sources: ['b'], repository: 's3+https://u:SECRET@h/b' },
  };
  const file = path.join(home.directory, 'bmcloud.json');
  await writeFile(file, JSON.stringify({ passphraseCommand: 'echo SECRET', shadow: 'never', jobs }));
  const { stdout } = await home.run(['config', 'show']);
  expect(stdout).toMatch(/^Job documents\n[\s\S]*^shadow +never +file\n[\s\S]*^Job mail\n/m);
  expect(stdout).toContain('unusable: The location must not hold credentials');
  const json = (await home.run(['config', 'show', 'mail', '--json'])).stdout;
  expect(JSON.parse(json).jobs).toMatchObject([
    { name: 'mail', settings: { shadow: { value: 'never', from: 'file' } } },
  ]);
  expect(stdout + json).not.toContain('SECRET');
  expect(await home.run(['config', 'show', 'mial'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "mail"?'),
  });
});

test('a broken configuration names file and place', async () => {
  await writeFile(path.join(home.directory, 'bmcloud.json'), '{"limits":{"upload":"fast"}}');
  const { code, stderr } = await home.run(['snapshots']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/bmcloud\.json:1:12: limits\.upload: "fast" is not a rate/);
});

test.skipIf(lacks('shell'))('the bash completion loads and completes', async () => {
  const { stdout } = await home.run(['completion', 'bash']);
  const script = path.join(home.directory, 'completion.bash');
  await writeFile(script, stdout);
  const ask = (words: string) =>
    `COMP_WORDS=(${words}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _bmcloud; echo "\${COMPREPLY[*]}"`;
  const bash = `source ${script}; ${[`bmcloud sn`, `bmcloud key a`, `bmcloud push --dry`, `bmcloud restore --overwrite ne`].map(ask).join('; ')}`;
  const { stdout: answers } = await promisify(execFile)('bash', ['--norc', '-c', bash]);
  expect(answers.trim().split('\n')).toEqual(['snapshots', 'add', '--dry-run', 'never']);
});
