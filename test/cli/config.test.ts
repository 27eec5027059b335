import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, parseConfig, readText, settingsOfJob, sourcesOf } from '../../src/cli/config.ts';
import { compileProblem } from '../../src/cli/config-compile.ts';
import { changeConfig, makeConfig } from '../../src/cli/config-file.ts';
import { decidingUsers } from '../../src/cli/config-owner.ts';
import { resolveLocation } from '../../src/cli/config-paths.ts';
import { editText } from '../../src/cli/config-text.ts';
import { newConfig } from '../../src/cli/new-config.ts';
import { lacks } from '../fixtures/platform.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-config-'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('parseConfig', () => {
  test('takes rates as people write them, and paths relative to the file', async () => {
    const text = '{"repository":"backup","keyFile":"../k","limits":{"upload":"10M"}}';
    expect(await parseConfig(text, '/etc/bmcloud/bmcloud.json')).toEqual({
      repository: path.resolve('/etc/bmcloud/backup'),
      keyFile: path.resolve('/etc/k'),
      limits: { upload: 10_485_760 },
    });
  });

  test.each([
    ['{', /^\/c\.json:1:2: a closing \} is missing/],
    ['', /^\/c\.json:1:1: /],
    ['{"job": "a" "repository": "b"}', /^\/c\.json:1:13: a comma is missing/],
    ['{"job":"a","job":"b"}', /^\/c\.json:1:12: "job" stands there twice/],
    [
      '{\n  // so\n  "limits": {"upload": "fast"}\n}',
      /^\/c\.json:3:14: limits\.upload: "fast" is not a rate/,
    ],
    ['{"jobs":{"a":{"sources":"b"}}}', /jobs\.a\.sources: expected a list, such as \["…"\]/],
    ['{"notify":"yes"}', /notify: expected true or false/],
    ['{"repositry":"x"}', /^\/c\.json:1:2: repositry: is no setting; did you mean "repository"\?/],
    [
      '{"jobs":{"a":{"source":["b"]}}}',
      /^\/c\.json:1:15: jobs\.a\.source: is no setting; did you mean "sources"\?/,
    ],
    ['{"hooks":{"onSkip":"b"}}', /hooks\.onSkip: is no setting; did you mean "onSkipped"\?/],
    [
      '{"jobs":{"a":{"sources":["b"],"hooks":{"after":{"command":"c","timout":1}}}}}',
      /^\/c\.json:1:\d+: jobs\.a\.hooks\.after\.timout: is no setting; did you mean "timeout"\?/,
    ],
    [
      '{"profiles":{"p":{"limits":{"uplaod":"1M"}}}}',
      /profiles\.p\.limits\.uplaod: is no setting; did you mean "upload"\?/,
    ],
    [
      '{"jobs":{"a":{"sources":["b"],"schedule":{"daly":"02:30"}}}}',
      /jobs\.a\.schedule\.daly: is no setting; did you mean "daily"\?/,
    ],
    ['{"hooks":{"after":["x"]}}', /hooks\.after: expected text, such as "…", or an object/],
    ['{"hooks":{"after":{"command":"c","timeout":0}}}', /hooks\.after\.timeout: "?0"? is no time to run in/],
    ['{"hooks":{"timeout":"30d"}}', /hooks\.timeout: "30d" is no time to run in/],
    ['{"limits":{"upload":true}}', /limits\.upload: expected text, such as "…", or a number/],
    ['{"shadow":"allways"}', /shadow: is none of .*; did you mean "always"\?/],
    ['{"jobs":{"a":{"sources":[]}}}', /jobs\.a\.sources: is empty/],
    ['{"jobs":{"":{"sources":["a"]}}}', /jobs\.: is no name/],
    ['{"level":0}', /level: is less than 1/],
    ['{"workers":257}', /workers: is more than 256/],
    ['{"readSize":"1K"}', /readSize: "1K" is no amount of bytes from "4K" to "64M"/],
    ['{"jobs":{"a":{"src":"b","include_dirs":[]}}}', /jobs\.a\.src: nothing in it is named/],
    ['{"excludeIfPresent":["a/b"]}', /excludeIfPresent\.0: is no name, but a path/],
    ['{"jobs":{"a":{}}}', /^\/c\.json:1:10: jobs\.a: has no "sources"/],
    ['{"job":5}', /^\/c\.json:1:2: job: /],
    ['{"shadow":"sometimes"}', /^\/c\.json:1:2: shadow: is none of "auto", "always", "never"$/],
    ['[]', /^\/c\.json:1:1: /],
    [
      '{"profiles":{"night":{}},"jobs":{"a":{"sources":["b"],"profile":"nigth"}}}',
      /jobs\.a\.profile: there is no profile "nigth"; did you mean "night"\?/,
    ],
    [
      '{"profiles":{"a":{"extends":"b"},"b":{"extends":"a"}}}',
      /profiles\.a\.extends: profiles go round in a circle: b, a, b/,
    ],
  ])('%s is refused, with file and place', async (text, message) => {
    await expect(parseConfig(text, '/c.json')).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(message),
    });
  });
});

describe('loadConfig', () => {
  const places = () => ({
    flag: undefined,
    variable: undefined,
    cwd: path.join(directory, 'cwd'),
    directory: path.join(directory, 'user'),
  });

  test('none is fine, unless one was named', async () => {
    expect(await loadConfig(places())).toEqual({ values: {} });
    await expect(loadConfig({ ...places(), variable: 'mine.json' })).rejects.toMatchObject({
      code: 'config',
    });
  });

  test('one that somebody else put into the working directory is not taken, unless it is named', async () => {
    await writeFile(path.join(directory, 'bmcloud.json'), '{"passphraseCommand": "steal"}');
    const here = { ...places(), cwd: directory, mayDecide: () => false };
    await expect(loadConfig(here)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('belongs to another user'),
    });
    expect((await loadConfig({ ...here, flag: 'bmcloud.json' })).values).toEqual({
      passphraseCommand: 'steal',
    });
    expect(decidingUsers(1000, '1001')(1001)).toBe(false);
    expect(decidingUsers(0, '1001')(1001)).toBe(true);
    expect([0, 1000].map(decidingUsers(1000))).toEqual([true, true]);
    expect(decidingUsers(0, '')(1000)).toBe(false);
  });

  test('the nearest wins: flag, variable, working directory, user', async () => {
    for (const name of ['flag', 'variable', 'cwd', 'user']) {
      await mkdir(path.join(directory, name), { recursive: true });
      await writeFile(path.join(directory, name, 'bmcloud.json'), JSON.stringify({ job: name }));
    }
    const jobs: unknown[] = [];
    const variable = '../variable/bmcloud.json';
    jobs.push((await loadConfig({ ...places(), variable, flag: '../flag/bmcloud.json' })).values.job);
    jobs.push((await loadConfig({ ...places(), variable })).values.job);
    jobs.push((await loadConfig(places())).values.job);
    jobs.push((await loadConfig({ ...places(), cwd: directory })).values.job);
    expect(jobs).toEqual(['flag', 'variable', 'cwd', 'user']);
  });
});

describe('a job', () => {
  const config = async (values: object) => await parseConfig(JSON.stringify(values), '/etc/bmcloud.json');

  test('says first what holds for it, then its profiles, then the top', async () => {
    const values = await config({
      shadow: 'never',
      retries: 1,
      level: 1,
      workers: 1,
      profiles: {
        slow: { extends: 'base', retries: 2, limits: { upload: '1M' } },
        base: { retries: 9, level: 2, limits: { upload: '2M', download: '3M' } },
        other: { level: 9, workers: 7 },
      },
      jobs: { a: { sources: ['b'], profile: ['slow', 'other'], shadow: 'always' } },
    });
    expect(settingsOfJob(values, 'a')).toEqual({
      job: 'a',
      shadow: 'always',
      retries: 2,
      level: 2,
      workers: 7,
      limits: { upload: 1_048_576, download: 3_145_728 },
    });
    expect(values.jobs?.a?.sources).toEqual([path.resolve('/etc/b')]);
  });

  test('has its files of patterns beside the configuration, wherever it says them', async () => {
    const values = await config({
      excludeFiles: ['top'],
      profiles: { p: { excludeFiles: ['lists/profile'] } },
      jobs: {
        a: { sources: ['b'], profile: 'p' },
        c: { sources: ['d'], excludeFiles: ['/own'] },
        e: { sources: ['f'] },
      },
    });
    const files = ['a', 'c', 'e'].map((name) => settingsOfJob(values, name).excludeFiles);
    const at = (...names: string[]) => [path.resolve('/etc', ...names)];
    expect(files).toEqual([at('lists', 'profile'), at('/own'), at('top')]);
  });

  test.each(['top', 'profile'])(
    'in the short form takes no rule that would do nothing, from the %s',
    async (where) => {
      const rule = { exclude: ['*.o'] };
      const jobs = { short: { src: 'x', include_dirs: ['.'], ...(where === 'profile' && { profile: 'p' }) } };
      await expect(
        config(where === 'top' ? { ...rule, jobs } : { profiles: { p: rule }, jobs }),
      ).rejects.toMatchObject({
        code: 'config',
        message: expect.stringMatching(
          /^\/?.*bmcloud\.json:1:\d+: jobs\.short\.src: "exclude" .* goes with "sources"/,
        ),
      });
      // What every job can have is taken, and ignore files do not count there anyhow.
      const fine = await config({
        excludeCaches: true,
        ignoreFiles: false,
        jobs: { short: { src: 'x', include_dirs: ['.'] } },
      });
      expect(settingsOfJob(fine, 'short')).toMatchObject({ excludeCaches: true });
    },
  );

  test('with a secret of its own uses no other', async () => {
    const values = await config({
      passphraseCommand: 'show',
      jobs: { a: { sources: ['/b'], keyFile: 'k' }, c: { sources: ['/d'] } },
    });
    expect(settingsOfJob(values, 'a')).toEqual({ job: 'a', keyFile: path.resolve('/etc/k') });
    expect(settingsOfJob(values, 'c')).toEqual({ job: 'c', passphraseCommand: 'show' });
  });
});

const setRepository = async (file: string, location: string) =>
  await changeConfig(file, (text) => editText(text, ['repository'], location));

test('setting the repository keeps the rest, and the file private', async () => {
  const file = path.join(directory, 'new', 'bmcloud.json');
  await setRepository(file, 's3://one');
  await writeFile(file, JSON.stringify({ job: 'docs', repository: 's3://one' }));
  await setRepository(file, 's3://two');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ job: 'docs', repository: 's3://two' });
  if (!lacks('modes')) expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test.skipIf(lacks('modes'))('an edit leaves a link a link, and the mode as it is', async () => {
  const [real, link] = [path.join(directory, 'dotfiles.json'), path.join(directory, 'bmcloud.json')];
  await writeFile(real, '{}');
  await chmod(real, 0o664);
  await symlink('dotfiles.json', link);
  await setRepository(link, 's3://one');
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(JSON.parse(await readFile(real, 'utf8'))).toEqual({ repository: 's3://one' });
  expect((await stat(real)).mode & 0o777).toBe(0o664);
});

test('a broken configuration is not written over', async () => {
  const file = path.join(directory, 'bmcloud.json');
  await writeFile(file, '{"job": ');
  await expect(setRepository(file, 's3://x')).rejects.toMatchObject({ code: 'config' });
  expect(await readFile(file, 'utf8')).toBe('{"job": ');
});

test('addresses stay, paths become absolute', () => {
  expect(resolveLocation('s3+https://host:9000/b/p', '/d')).toBe('s3+https://host:9000/b/p');
  expect(resolveLocation('s3:bucket', '/d')).toBe('s3:bucket');
  expect(resolveLocation('backup', '/d')).toBe(path.resolve('/d/backup'));
});

test('comments outlive a change', async () => {
  const file = path.join(directory, 'bmcloud.json');
  await writeFile(file, '{\n  // mine\n  "job": "docs", // too\n}\n');
  await setRepository(file, 's3://two');
  const text = await readFile(file, 'utf8');
  expect(text).toContain('// mine');
  expect(text).toContain('// too');
  expect(await parseConfig(text, file)).toEqual({ job: 'docs', repository: 's3://two' });
});

test('a change that would break the file is not written', async () => {
  const file = path.join(directory, 'bmcloud.json');
  await writeFile(file, '{"job": "docs"}');
  await expect(changeConfig(file, (text) => editText(text, ['shadow'], 'x'))).rejects.toMatchObject({
    code: 'config',
  });
  expect(await readFile(file, 'utf8')).toBe('{"job": "docs"}');
});

test.each([[[]], [['/a b', '/c"d']]])('a new file is valid: %j', async (sources) => {
  const file = path.join(directory, 'bmcloud.json');
  await makeConfig(file, newConfig({ repository: 's3://b/c', job: 'mine', sources }));
  const { jobs = {} } = (await loadConfig({ flag: file, variable: undefined, cwd: '/', directory })).values;
  expect(jobs.mine?.sources).toEqual(
    sources.length > 0 ? sources.map((one) => path.resolve(directory, one)) : undefined,
  );
  await expect(makeConfig(file, '{}')).rejects.toMatchObject({ code: 'config' });
});

describe('the short form of the scripts', () => {
  const parse = async (job: object) =>
    await parseConfig(JSON.stringify({ jobs: { a: job } }), '/etc/bmcloud.json');

  test('says sources, rules and threads', async () => {
    const values = await parse({
      src: 'data',
      include_dirs: ['docs'],
      track_files: ['*.md:rec'],
      max_workers: 3,
    });
    expect(sourcesOf(values.jobs?.a ?? {})).toEqual([path.resolve('/etc/data')]);
    expect(settingsOfJob(values, 'a')).toEqual({
      job: 'a',
      src: path.resolve('/etc/data'),
      include_dirs: ['docs'],
      track_files: ['*.md:rec'],
      max_workers: 3,
      workers: 3,
    });
  });

  test.each([
    [{}, /jobs\.a: has no "sources"/],
    [{ sources: ['a'], src: 'b' }, /jobs\.a\.src: there are "sources" already/],
    [{ sources: ['a'], include_dirs: ['b'] }, /jobs\.a\.include_dirs: goes with "src"/],
    [{ src: 'a', exclude: ['b'] }, /jobs\.a\.exclude: goes with "sources"/],
  ])('%j is refused', async (job, message) => {
    await expect(parse(job)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe('what is well-formed and would fail at a push', () => {
  const problem = async (values: object, windows = false) => {
    const file = path.join(directory, 'bmcloud.json');
    const { values: read, problemAt } = await readText(JSON.stringify(values, undefined, 1), file);
    const found = await compileProblem(read, windows);
    return found && problemAt(found);
  };
  const job = (values: object) => ({ jobs: { a: values } });

  test.each([
    [{ repository: 's3://bucket/a', exclude: ['*.o', '/a'], jobs: {} }],
    [job({ sources: ['b'], schedule: { cron: '0 8 * * 1-5' } })],
    [job({ src: 'b', track_dirs: ['.', 'c'], exclude_files: ['*.tmp:rec'] })],
    [{ keyFile: 'k', ...job({ sources: ['b'], passphraseFile: 'p' }) }],
  ])('%j is fine', async (values) => {
    expect(await problem(values)).toBeUndefined();
  });

  test.each([
    [{ repository: 's3://u:secret@h/b' }, /:2:2: repository: The location must not hold credentials$/],
    [{ repository: 's3:bucket' }, /repository: "s3:" must be followed by/],
    [{ iexclude: ['a', '[b'] }, /:4:3: iexclude\.1: "\[b" matches nothing/],
    [{ profiles: { p: { include: ['\\'] } } }, /profiles\.p\.include\.0: "\\" matches nothing/],
    [job({ src: 'b', track_dirs: ['../c'] }), /jobs\.a\.track_dirs\.0: "\.\.\/c" leads out of "src"/],
    [job({ src: 'b', include_files: ['/c'] }), /jobs\.a\.include_files\.0: "\/c" is an absolute path/],
    [job({ sources: ['b'], schedule: { every: '7m' } }), /jobs\.a\.schedule\.every: "7m" is not a part/],
    [job({ sources: ['b'], schedule: { daily: '25:00' } }), /schedule\.daily: "25:00" is not a time of day/],
    [job({ sources: ['b'], schedule: { cron: '0 0 31 2 *' } }), /schedule\.cron: .* never comes/],
    [job({ sources: ['b'], schedule: { cron: '61 * * * *' } }), /jobs\.a\.schedule\.cron: /],
    [{ keyFile: 'k', passphraseFile: 'p' }, /:\d+:2: keyFile: "passphraseFile" is given, too/],
    [{ excludeFiles: ['none'] }, /excludeFiles\.0: the patterns cannot be read: ENOENT/],
  ])('%j is told, with its place', async (values, message) => {
    expect(await problem(values)).toMatchObject({ code: 'config', message: expect.stringMatching(message) });
  });

  test('a line of a file of patterns is told by its own place', async () => {
    await writeFile(path.join(directory, 'list'), '*.o\n[x\n');
    expect((await problem({ excludeFiles: ['list'] }))?.message).toContain('list:2: "[x" matches nothing');
  });

  test('on Windows "\\\\" leads out, too', async () => {
    const values = job({ src: 'b', track_dirs: ['c\\..\\..'] });
    expect((await problem(values, true))?.message).toContain('leads out of "src"');
    expect(await problem(values)).toBeUndefined();
  });
});
