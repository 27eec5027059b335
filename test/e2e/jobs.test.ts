import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

let home: CliHome;
const at = (...parts: string[]) => path.join(home.directory, ...parts);
beforeEach(async () => {
  home = await cliHome();
  for (const name of ['docs', 'photos']) {
    await mkdir(at('data', name), { recursive: true });
    await writeFile(at('data', name, 'file'), name);
  }
});
afterEach(() => home.remove());

const configure = (values: object) => writeFile(at('bmcloud.json'), JSON.stringify(values));
const jobs = { documents: { sources: ['data/docs'] }, pictures: { sources: ['data/photos'], tags: ['raw'] } };

describe('configured jobs', () => {
  test('are pushed all of them, without arguments', async () => {
    await configure({ jobs });
    const { code, stdout } = await home.run(['push']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Saved snapshot \w+ of documents[\s\S]*Saved snapshot \w+ of pictures/);
    const { snapshots } = JSON.parse((await home.run(['snapshots', '--json'])).stdout);
    expect(snapshots).toMatchObject([
      { job: { name: 'documents' } },
      { job: { name: 'pictures' }, tags: ['raw'] },
    ]);
  });

  test('are pushed by name, from any directory', async () => {
    await configure({ jobs });
    const { code, stdout } = await home.run(['push', 'pictures', '--json', '--config', at('bmcloud.json')], {
      cwd: at('data'),
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      jobs: [{ job: 'pictures', result: { job: { name: 'pictures' } } }],
    });
  });

  test('are looked at before they are pushed: status of all, or of one', async () => {
    await configure({ jobs: { ...jobs, pictures: { ...jobs.pictures, exclude: ['*.raw'] } } });
    await home.run(['push']);
    await writeFile(at('data', 'photos', 'new'), 'new');
    await writeFile(at('data', 'photos', 'new.raw'), 'raw');
    const { code, stdout } = await home.run(['status']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^Job documents\n[\s\S]*Job pictures\n[\s\S]*\+ photos\/new {2}/);
    expect(stdout).not.toContain('new.raw');
    const { jobs: told } = JSON.parse((await home.run(['status', 'pictures', '--json'])).stdout);
    expect(told).toMatchObject([{ job: 'pictures', new: 1 }]);
    expect((await home.run(['status', 'picturs'])).stderr).toContain('did you mean "pictures"?');
  });

  test('tell every change that a dry run would store, and store none', async () => {
    await configure({ jobs });
    await home.run(['push', 'pictures']);
    for (let i = 0; i < 130; i++) await writeFile(at('data', 'photos', `new-${i}`), '');
    const list = ['push', 'pictures', '--dry-run', '--list'];
    const { stdout } = await home.run(list);
    expect(stdout.split('\n').filter((line) => line.startsWith('+ photos/new-'))).toHaveLength(130);
    expect(stdout).toContain('Nothing was stored');
    const { jobs: told } = JSON.parse((await home.run([...list, '--json'])).stdout);
    expect(told[0].changes.filter(({ change }: { change: string }) => change === 'new')).toHaveLength(130);
    expect(JSON.parse((await home.run(['snapshots', '--json'])).stdout).snapshots).toHaveLength(1);
    expect((await home.run(['push', 'pictures', '--list'])).code).toBe(2);
  });

  test('do not stop one another: the exit code is that of the first that failed', async () => {
    await configure({ jobs: { gone: { sources: ['data/gone'] }, ...jobs } });
    const { code, stdout, stderr } = await home.run(['push']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^gone: /m);
    expect(stdout).toMatch(/of documents[\s\S]*of pictures/);
    const json = JSON.parse((await home.run(['push', '--json'])).stdout);
    expect(json.jobs[0]).toMatchObject({ job: 'gone', error: { code: 'source-missing' } });
  });

  test('and paths of the same name: both forms are named', async () => {
    await configure({ jobs });
    await mkdir(at('documents'));
    const { code, stderr } = await home.run(['push', 'documents']);
    expect(code).toBe(2);
    expect(stderr).toContain('./documents');
    expect(stderr).toContain('--job documents');
  });
});

test.skipIf(process.platform === 'win32')('hooks come before, after, and on errors, with facts', async () => {
  const log = at('log');
  const hook = (name: string) => `echo ${name} $BMCLOUD_JOB $BMCLOUD_ERROR >> '${log}'; cat >> '${log}.json'`;
  const hooks = { before: hook('before'), after: hook('after'), onError: hook('error') };
  await configure({ hooks, jobs: { gone: { sources: ['data/gone'] }, docs: { sources: ['data/docs'] } } });
  const { code, stderr } = await home.run(['push']);
  expect({ code, stderr }).toMatchObject({ code: 2 });
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'before gone',
    'error gone',
    'after gone',
    'before docs',
    'after docs',
  ]);
  const facts = (await readFile(`${log}.json`, 'utf8')).trim().split('\n');
  expect(JSON.parse(facts.at(-1)!)).toMatchObject({ hook: 'after', job: 'docs', result: { statistics: {} } });
});

test.skipIf(process.platform === 'win32')('commands of the configuration start beside it', async () => {
  await writeFile(at('words'), 'open sesame', { mode: 0o600 });
  await configure({
    repository: 'repo',
    passphraseCommand: 'cat words',
    hooks: { before: 'pwd > where' },
    jobs: { docs: { sources: ['data/docs'] } },
  });
  expect((await home.run(['init', '--recovery-key-file', 'rk'])).code).toBe(0);
  const { code, stderr } = await home.run(['push', '--config', at('bmcloud.json')], { cwd: at('data') });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await readFile(at('where'), 'utf8')).toBe(`${await realpath(at())}\n`);
});

test('a dry run runs no hooks', async () => {
  await configure({ jobs });
  expect((await home.run(['push'])).code).toBe(0);
  await configure({ hooks: { before: 'exit 7', after: 'exit 7' }, jobs });
  const { code, stderr } = await home.run(['push', '--dry-run']);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('hooks') });
});

test('a hook that must succeed and does not: the job is not pushed', async () => {
  await configure({ jobs: { docs: { sources: ['data/docs'], hooks: { before: 'exit 7' } } } });
  const { code, stderr } = await home.run(['push']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^docs: .*hooks\.before/m);
  expect((await home.run(['snapshots', '--json'])).stdout).not.toContain('docs');
});

test('config init, validate and set', async () => {
  const made = await home.run(['config', 'init', at('data', 'docs')]);
  expect(made.code).toBe(0);
  expect((await home.run(['config', 'validate'])).stdout).toContain('is fine: 1 job');
  expect((await home.run(['config', 'set', 'jobs.documents.shadow', 'never'])).code).toBe(0);
  const wrong = await home.run(['config', 'set', 'jobs.documents.shadow', 'perhaps']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/jobs\.documents\.shadow: /);
  const text = await readFile(at('.bmcloud', 'config', 'bmcloud.json'), 'utf8');
  expect(text).toContain('// Secrets stay out of this file');
  expect(text).toContain('"shadow": "never"');
  expect((await home.run(['push'])).code).toBe(0);
});
