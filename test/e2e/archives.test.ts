import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';
import { lacks } from '../fixtures/platform.ts';
import { expectSameTree, listingOf } from '../fixtures/trees.ts';

/*
 * Archives as other programs see them, and the commands around them.
 */

let home: CliHome;
const at = (...parts: string[]) => path.join(home.directory, ...parts);

beforeEach(async () => {
  home = await cliHome();
  mkdirSync(at('docs/sub/empty'), { recursive: true });
  writeFileSync(at('docs/grüße & more.txt'), 'hello');
  writeFileSync(at('docs/sub/large'), Buffer.alloc(5_000_000, 'large data '));
  writeFileSync(at('docs/sub', 'x'.repeat(200)), 'a long name');
  writeFileSync(at('docs/run.sh'), '#!/bin/sh\n');
  if (!lacks('modes')) chmodSync(at('docs/run.sh'), 0o751);
  linkSync(at('docs/run.sh'), at('docs/sub/also'));
  if (!lacks('symlinks')) symlinkSync('../grüße & more.txt', at('docs/sub/link'));
  for (const [i, name] of ['docs/run.sh', 'docs/sub/large', 'docs/sub', 'docs'].entries())
    utimesSync(at(name), 1_700_000_000 + i * 2, 1_700_000_000 + i * 2);
  expect((await home.run(['push', 'docs'])).code).toBe(0);
});
afterEach(() => home.remove());

async function exported(name: string, ...more: string[]): Promise<string> {
  const { code, stderr } = await home.run(['export', '-o', name, ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('Error') });
  return at(name);
}

function has(program: string): boolean {
  const found = spawnSync(program, ['--version']).error === undefined;
  if (!found) console.info(`Left out: there is no ${program} here`);
  return found;
}

const utf8 = { ...process.env, LC_ALL: 'C.UTF-8' };

describe.skipIf(lacks('shell'))('other programs open them', () => {
  test.each([
    ['tar', 'tar', ['-xf']],
    ['tar.zst', 'tar', ['--zstd', '-xf']],
    ['tar', 'bsdtar', ['-xf']],
    ['tar.zst', 'bsdtar', ['-xf']],
    ['zip', 'bsdtar', ['-xf']],
  ])('%s by %s', async (format, program, flags) => {
    if (!has(program)) return;
    const file = await exported(`out.${format}`);
    mkdirSync(at('out'));
    const said = execFileSync(program, [...flags, file, '-C', at('out')], {
      env: utf8,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(said).toBe('');
    const [found, expected] = [listingOf(at('out/docs')), listingOf(at('docs'))];
    if (format === 'zip') expect(Object.keys(found)).toEqual(Object.keys(expected));
    else expectSameTree(found, expected);
  });

  test('zip by unzip', async () => {
    if (!has('unzip')) return;
    const file = await exported('out.zip');
    execFileSync('unzip', ['-q', file, '-d', at('out')], { env: utf8 });
    expect(execFileSync('unzip', ['-tq', file], { env: utf8, encoding: 'utf8' })).toContain(
      'No errors detected',
    );
    for (const name of ['grüße & more.txt', 'sub/large', 'run.sh', 'sub/also', `sub/${'x'.repeat(200)}`])
      expect(readFileSync(at('out/docs', name)).equals(readFileSync(at('docs', name))), name).toBe(true);
    const [found, expected] = [listingOf(at('out/docs')), listingOf(at('docs'))];
    for (const name of ['run.sh', 'sub/large', 'sub', 'sub/link'])
      expect({ name, mode: found[name]?.mode }).toEqual({ name, mode: expected[name]?.mode });
    expect(found['sub/large']?.mtime).toBe(expected['sub/large']?.mtime);
  });

  test('both by Python', async () => {
    const [zip, tar] = [await exported('out.zip'), await exported('out.tar')];
    const script = `
import sys, tarfile, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
t = tarfile.open(sys.argv[2])
names = sorted(t.getnames())
assert sorted(n.rstrip('/') for n in z.namelist()) == names, (names, z.namelist())
t.extractall(sys.argv[3], **({'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}))
print(len(names))
`;
    const said = execFileSync('python3', ['-c', script, zip, tar, at('out')], { encoding: 'utf8' });
    expect(Number(said)).toBe(Object.keys(listingOf(at('docs'))).length);
    expect(readFileSync(at('out/docs/sub/large')).equals(readFileSync(at('docs/sub/large')))).toBe(true);
  });

  test('straight into another program', async () => {
    mkdirSync(at('out'));
    const [, program] = [0, path.resolve(import.meta.dirname, '../../bin/run.js')];
    const env = { ...process.env, HOME: home.directory, ...homeVariables() };
    const command = `"${process.execPath}" "${program}" export --format tar.zst -o - | tar --zstd -x -C out`;
    execFileSync('sh', ['-c', command], { cwd: home.directory, env, stdio: 'pipe' });
    expectSameTree(listingOf(at('out/docs')), listingOf(at('docs')));
  });
});

function homeVariables(): Record<string, string> {
  const within = (name: string) => at('.bmcloud', name);
  return {
    BMCLOUD_CACHE_DIR: within('cache'),
    BMCLOUD_STATE_DIR: within('state'),
    BMCLOUD_CONFIG_DIR: within('config'),
    BMCLOUD_DATA_DIR: within('data'),
  };
}

test('export, import, and the fingerprint says that nothing is lost', async () => {
  await exported('out.tar.zst');
  const { code, stdout } = await home.run(['import', 'out.tar.zst', '--to', 'out', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'tar.zst', failed: [], unchanged: 0 });
  const compared = await home.run(['fingerprint', 'out/docs', '--compare', 'latest', '--content']);
  expect(compared).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^[0-9a-f]{64} {2}.*out.docs\n {2}Equal to snapshot/),
  });
  const both = await home.run(['fingerprint', 'out/docs', 'docs']);
  const [copy, original] = both.stdout.split('\n').map((line) => line.slice(0, 64));
  expect(copy).toBe(original);
});

test('from the disk, without a repository', async () => {
  const nobody = await cliHome();
  try {
    const { code, stdout } = await nobody.run(['export', '--from', at('docs'), '-o', 'out.zip', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'zip', directories: 3, failed: [] });
    expect(readdirSync(nobody.directory).filter((name) => !name.startsWith('.bmcloud'))).toEqual(['out.zip']);
  } finally {
    await nobody.remove();
  }
});

test('a fingerprint that differs: exit 3, and what differs', async () => {
  writeFileSync(at('docs/run.sh'), '#!/bin/sh\n\n');
  const text = await home.run(['fingerprint', 'docs', '--compare', 'latest']);
  expect(text.code).toBe(3);
  expect(text.stdout).toMatch(/Differs from snapshot/);
  expect(text.stdout).toMatch(/~ run\.sh {2}size, mtime/);
  const { code, stdout } = await home.run(['fingerprint', 'docs', '--compare', 'latest', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ fingerprints: [{ equal: false, kind: 'metadata' }] });
});

test.skipIf(lacks('byteNames'))('what is not in the archive is named: exit 3', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${at('docs')}/`), Buffer.from([0xff])]), '');
  const { code, stdout, stderr } = await home.run(['export', '--from', 'docs', '-o', 'out.zip']);
  expect(code).toBe(3);
  expect(stderr).toContain('Skipped docs/\\xff: its name is not UTF-8');
  expect(stdout).toMatch(/Failed +1 path, not in the archive/);
});

describe('bad input: one line, a hint, and nothing left behind', () => {
  test.each([
    [['export'], /Missing --output/],
    [['export', '-o', 'a.rar'], /Which kind of archive "a\.rar" should be is not clear/],
    [['export', '-o', '-', '--format', 'tar', '--json'], /JSON/],
    [['export', '-o', 'a.zip', '--level', '12'], /--level: "12" is not a whole number from 0 to 9/],
    [['export', 'docs', '--from', 'docs', '-o', 'a.zip'], /--from takes what is on the disk/],
    [['export', 'nothing', '-o', 'a.zip'], /The snapshot has no "nothing"/],
    [['export', '--from', 'nothing', '-o', 'a.zip'], /does not exist/],
    [['export', '-o', 'docs/run.sh', '--format', 'zip'], /There is a file .*run\.sh already/],
    [['import', 'nothing.zip', '--to', 'out'], /There is no file .*nothing\.zip/],
    [['import', 'docs/run.sh', '--to', 'out'], /is not an archive that is known here/],
    [['import', 'docs/run.sh'], /Missing --to/],
    [['import', 'docs/run.sh', '--to', 'out', '--max-size', 'much'], /--max-size: "much" is not an amount/],
    [['fingerprint'], /Missing PATHS/],
    [['fingerprint', 'nothing'], /does not exist/],
    [['fingerprint', 'docs', '--within', 'x'], /--within/],
    [['fingerprint', 'docs', 'docs', '--compare', 'latest', '--within', 'x'], /--within says what one path/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await home.run(args);
    expect(`${stdout}${stderr}`).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(code).toBe(2);
    expect(existsSync(at('a.zip'))).toBe(false);
  });

  test('an archive that becomes too much', async () => {
    await exported('out.zip');
    const { code, stderr } = await home.run(['import', 'out.zip', '--to', 'out', '--max-size', '1M']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/more than 1 MiB.*\n.*--max-size/),
    });
  });
});
