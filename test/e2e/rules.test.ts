import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

let home: CliHome;
beforeEach(async () => {
  home = await cliHome();
  await mkdir(path.join(home.directory, 'src', 'deep', 'private'), { recursive: true });
  for (const file of ['a.c', 'a.o', 'deep/b.TMP', 'deep/c', 'deep/private/key', 'deep/private/.nobackup'])
    await writeFile(path.join(home.directory, 'src', file), 'x'.repeat(file.length));
  await writeFile(path.join(home.directory, 'src', '.bmcloudignore'), '*.o\n');
  await writeFile(path.join(home.directory, 'patterns'), '# large\nc\n');
});
afterEach(() => home.remove());

async function named(args: string[]): Promise<string[]> {
  const { code, stderr } = await home.run(['push', 'src', ...args]);
  expect(code, stderr).toBe(0);
  const { stdout } = await home.run(['ls', '--recursive', '--json']);
  const { entries } = JSON.parse(stdout) as { entries: { path: string }[] };
  return entries.map((entry) => entry.path);
}

test('flags and ignore files leave out what they say', async () => {
  expect(await named([])).not.toContain('src/a.o');
  expect(await named(['--no-ignore-files'])).toContain('src/a.o');
  const rules = ['--exclude', '/deep/*', '--exclude', '!private/', '--exclude-if-present', '.nobackup'];
  expect(await named(rules)).toEqual([
    'src',
    'src/.bmcloudignore',
    'src/a.c',
    'src/deep',
    'src/deep/private',
    'src/deep/private/.nobackup',
  ]);
  const others = ['--iexclude', '*.tmp', '--exclude-file', 'patterns', '--exclude-larger-than', '12'];
  expect(await named(others)).toEqual([
    'src',
    'src/.bmcloudignore',
    'src/a.c',
    'src/deep',
    'src/deep/private',
  ]);
}, 120_000);

test('rules explain says which rule decides, and where it stands', async () => {
  const args = ['src/a.o', 'src/deep/c', 'elsewhere', '--source', 'src', '--exclude', 'deep/'];
  const { code, stdout } = await home.run(['rules', 'explain', ...args]);
  const file = path.join(home.directory, 'src', '.bmcloudignore');
  expect(code).toBe(0);
  expect(stdout).toContain(`"*.o" (${file}:1) leaves out`);
  expect(stdout).toContain('"deep/" (--exclude) leaves out');
  expect(stdout).toContain('It lies in none of the sources');
  const { stdout: json } = await home.run(['rules', 'explain', 'src/a.o', '--json']);
  expect(JSON.parse(json)).toMatchObject({
    paths: [{ included: false, tracked: false, decidedBy: { rule: '*.o', origin: `${file}:1` } }],
  });
});

test('rules explain asks every configured job, each by its own rules', async () => {
  const jobs = {
    all: { sources: ['src'], exclude: ['*.c'], include: ['deep/c'] },
    some: { src: 'src', include_files: ['*.c'], track_dirs: ['deep'], exclude_files: ['*.TMP:rec'] },
  };
  await writeFile(path.join(home.directory, 'bmcloud.json'), JSON.stringify({ jobs }));
  const explained = async (...args: string[]) => {
    const { stdout, stderr } = await home.run(['rules', 'explain', ...args, '--json']);
    expect(stderr).toBe('');
    const { paths } = JSON.parse(stdout) as {
      paths: { job?: string; included: boolean; tracked: boolean; why: string }[];
    };
    return paths.map(({ job = '', included, tracked }) => `${job} ${included} ${tracked}`);
  };
  expect(await explained('src/a.c')).toEqual(['all false false', 'some true false']);
  expect(await explained('src/deep/c', '--job', 'some')).toEqual(['some true true']);
  expect(await explained('src/deep/b.TMP', 'nowhere')).toEqual([
    'all true true',
    'some false false',
    ' false false',
  ]);
});
