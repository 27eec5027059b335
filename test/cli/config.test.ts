import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, parseConfig, resolveLocation, setRepository } from '../../src/cli/config.ts';
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
    ['{', /^\/c\.json is not JSON: /],
    ['{"limits":{"upload":"fast"}}', /^\/c\.json: limits\.upload: "fast" is not a rate/],
    ['{"repositry":"x"}', /^\/c\.json: top: .*"repositry"/],
    ['{"job":5}', /^\/c\.json: job: /],
    ['[]', /^\/c\.json: top: /],
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

test('setting the repository keeps the rest, and the file private', async () => {
  const file = path.join(directory, 'new', 'bmcloud.json');
  await setRepository(file, 's3://one');
  await writeFile(file, JSON.stringify({ job: 'docs', repository: 's3://one' }));
  await setRepository(file, 's3://two');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ job: 'docs', repository: 's3://two' });
  if (!lacks('modes')) expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a broken configuration is not written over', async () => {
  const file = path.join(directory, 'bmcloud.json');
  await writeFile(file, '{"job": ');
  await expect(setRepository(file, 's3://x')).rejects.toMatchObject({ code: 'config' });
  expect(await readFile(file, 'utf8')).toBe('{"job": ');
});

test('addresses stay, paths become absolute', () => {
  expect(resolveLocation('s3+https://host:9000/b/p', '/d')).toBe('s3+https://host:9000/b/p');
  expect(resolveLocation('backup', '/d')).toBe(path.resolve('/d/backup'));
});
