import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';

let home: CliHome;
const at = (...parts: string[]) => path.join(home.directory, ...parts);
beforeEach(async () => {
  home = await cliHome();
  for (const name of ['a', 'b', 'c', 'd', 'e']) await mkdir(at(name));
  await writeFile(at('a', 'file'), 'a');
});
afterEach(() => home.remove());

test('sources are added, shown with their last push, and removed', async () => {
  expect((await home.run(['sources', 'add', 'a'])).code).toBe(0);
  expect((await home.run(['sources', 'list'])).stdout).toMatch(/a\s+not yet pushed/);
  expect((await home.run(['push'])).code).toBe(0);
  expect((await home.run(['sources', 'add', 'b', './a/'])).stdout).toBe(
    `${at('a')} is there already\ndocuments backs up ${at('a')}, ${at('b')}\n`,
  );
  const { sources } = JSON.parse((await home.run(['sources', 'list', '--json'])).stdout);
  expect(sources).toMatchObject([{ path: at('a'), last: { id: expect.any(String) } }, { path: at('b') }]);
  expect(sources[1].last).toBeUndefined();
  const { stdout: fingerprint } = await home.run(['fingerprint', 'a']);
  expect(sources[0].fingerprint).toBe(fingerprint.split(' ')[0]);
  expect((await home.run(['sources', 'list'])).stdout).toContain(fingerprint.slice(0, 12));
  expect((await home.run(['sources', 'remove', 'a'])).code).toBe(0);
  expect((await home.run(['sources', 'remove', 'b'])).stderr).toContain('A job needs a source');
  expect((await home.run(['sources', 'remove', 'c'])).stderr).toContain('"c" is no source of the job');
});

test('a glob was pushed when something that it finds was', async () => {
  const jobs = { y: { sources: ['a', 'f*'] } };
  await writeFile(at('bmcloud.json'), JSON.stringify({ jobs }));
  await mkdir(at('f1'));
  await home.run(['push', 'y', '--config', 'bmcloud.json']);
  const listed = async (job: string) =>
    JSON.parse((await home.run(['sources', 'list', '--job', job, '--json'])).stdout).sources;
  expect(await listed('y')).toMatchObject([{ last: {} }, { path: at('f*'), last: {} }]);
  await writeFile(at('bmcloud.json'), JSON.stringify({ jobs: { y: { sources: ['a', 'f1', 'g*'] } } }));
  expect((await listed('y')).map(({ last }: { last?: object }) => last !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
});

test('a source that is not there is not added', async () => {
  const { code, stderr } = await home.run(['sources', 'add', 'nowhere']);
  expect(code).toBe(2);
  expect(stderr).toContain('nowhere');
});

test('a glob that no shell expanded is expanded, and one that finds nothing is an error', async () => {
  expect((await home.run(['sources', 'add', '[ab]'])).stdout).toBe(
    `documents backs up ${at('a')}, ${at('b')}\n`,
  );
  const { code, stderr } = await home.run(['sources', 'add', 'x*']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('"x*" finds nothing') });
  expect((await home.run(['sources', 'remove', '[b-z]'])).stdout).toBe(`documents backs up ${at('a')}\n`);
});

test('a job that is not there, and one in the short form, are told', async () => {
  await writeFile(at('bmcloud.json'), JSON.stringify({ jobs: { old: { src: 'a', include_dirs: ['.'] } } }));
  expect((await home.run(['sources', 'add', 'b'])).stderr).toContain('"old" is in the short form');
  await writeFile(at('list'), '*.o\n');
  const imported = await home.run(['config', 'import', '--restic', 'list']);
  expect(imported).toMatchObject({ code: 2, stderr: expect.stringContaining('"old" is in the short form') });
  const { code, stderr } = await home.run(['sources', 'list', '--job', 'odl']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('did you mean "old"?') });
});

test('many at once lose nothing', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const runs = await Promise.all(names.map((name) => home.run(['sources', 'add', name])));
  expect(runs.map(({ code }) => code)).toEqual(names.map(() => 0));
  const text = await readFile(at('.bmcloud', 'config', 'bmcloud.json'), 'utf8');
  expect(JSON.parse(text).jobs.documents.sources.toSorted()).toEqual(names.map((name) => at(name)));
});

test('an import replaces no job, knows the home directory, and loses nothing to another', async () => {
  const file = at('bmcloud.json');
  await writeFile(file, JSON.stringify({ jobs: { mine: { sources: ['a'] } } }));
  await writeFile(at('mine.json'), JSON.stringify({ src: '~/b', include_dirs: ['.'] }));
  const { code, stderr } = await home.run(['config', 'import', 'mine.json']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--name OTHER') });
  expect(JSON.parse(await readFile(file, 'utf8')).jobs).toEqual({ mine: { sources: ['a'] } });
  expect((await home.run(['config', 'import', 'mine.json', '--name', 'other'])).code).toBe(0);
  expect(JSON.parse(await readFile(file, 'utf8')).jobs.other.src).not.toContain('~');
  const names = ['x', 'y', 'z'];
  for (const name of names) await writeFile(at(`${name}.list`), `${name}\n`);
  await Promise.all(
    names.map((name) => home.run(['config', 'import', '--kopia', `${name}.list`, '--job', 'mine'])),
  );
  expect(JSON.parse(await readFile(file, 'utf8')).jobs.mine.exclude.toSorted()).toEqual(names);
});

test('a setting is changed in the file in force', async () => {
  await writeFile(at('bmcloud.json'), '{}');
  const { stdout } = await home.run(['config', 'set', 'shadow', 'never']);
  expect(stdout).toContain(`${at('bmcloud.json')} now says shadow`);
  expect(JSON.parse(await readFile(at('bmcloud.json'), 'utf8'))).toEqual({ shadow: 'never' });
});

test('what is set is relative to where it was typed, and a job may have dots in its name', async () => {
  const file = at('sub', 'bmcloud.json');
  await mkdir(at('sub'));
  await writeFile(file, JSON.stringify({ jobs: { 'v1.2': { sources: ['x'] } } }));
  const set = async (...words: string[]) =>
    expect(await home.run(['config', 'set', '--config', file, ...words])).toMatchObject({ code: 0 });
  await set('keyFile', '~/k');
  await set('jobs.v1.2.shadow', 'never');
  await set('jobs.v1.2.sources', '["a", "~/b"]');
  await set('jobs.other', '{"sources": ["b"], "excludeFiles": ["list"], "exclude": ["*.o"]}');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    keyFile: '~/k',
    jobs: {
      'v1.2': { sources: [at('a'), '~/b'], shadow: 'never' },
      other: { sources: [at('b')], excludeFiles: [at('list')], exclude: ['*.o'] },
    },
  });
});

test('what is to be on the disk and is not is a warning', async () => {
  await writeFile(
    at('bmcloud.json'),
    JSON.stringify({ keyFile: 'k', jobs: { mine: { sources: ['a', 'gone', 'b*', 'x*'] } } }),
  );
  const { code, stdout, stderr } = await home.run(['config', 'validate', '--json']);
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    missing: [at('k'), at('gone'), at('x*')],
  });
  expect(stderr).toContain('is not there');
});

test('a pattern that can match nothing does not validate', async () => {
  await writeFile(
    at('bmcloud.json'),
    JSON.stringify({ jobs: { mine: { sources: ['a'], exclude: ['[abc'] } } }),
  );
  const { code, stderr } = await home.run(['config', 'validate']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/:1:\d+: jobs\.mine\.exclude\.0: "\[abc" matches nothing/),
  });
});

test('what other programs were told is taken over', async () => {
  const old = { src: 'a', include_dirs: ['.'], max_workers: 2, colour: 'red', exclude_dir: ['x'] };
  await writeFile(at('old.json'), JSON.stringify(old));
  const imported = await home.run(['config', 'import', 'old.json']);
  expect(imported).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^Not carried over: colour: there is no such setting here\nNot carried over: exclude_dir: .* did you mean "exclude_dirs"\?\n/,
    ),
  });
  await writeFile(at('excludes'), '*.o\n$X/y\n');
  const { code, stdout } = await home.run(['config', 'import', '--restic', 'excludes', '--json']);
  expect({ code, result: JSON.parse(stdout) }).toMatchObject({ code: 2 });
  expect((await home.run(['push', 'old'])).code).toBe(0);
});
