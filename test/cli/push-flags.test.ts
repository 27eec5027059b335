import { devNull } from 'node:os';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { outputOfCommand } from '../../src/cli/command-output.ts';
import type { UserDirectories } from '../../src/cli/directories.ts';
import type { Environment } from '../../src/cli/environment.ts';
import { effortOptions, movedSources, type SourceFlags, sourceOptions } from '../../src/cli/push-flags.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';

test('OLD=NEW', () => {
  expect(movedSources(['/a=/b', 'D:\\x=E:\\x=1'])).toEqual({ '/a': '/b', 'D:\\x': 'E:\\x=1' });
  for (const pair of ['/a', '=/b', '/a=']) expect(() => movedSources([pair])).toThrow(/is not OLD=NEW/);
});

test('workers and level have bounds', () => {
  expect(effortOptions({ workers: '4', level: '9' })).toEqual({ workers: 4, level: 9 });
  expect(effortOptions({})).toEqual({});
  expect(() => effortOptions({ level: '20' })).toThrow(/--level/);
});

/** What flags become. @param list comes by standard input */
async function optionsOf(more: Partial<SourceFlags>, list = '') {
  const flags = {
    null: false,
    'one-file-system': false,
    'exclude-caches': false,
    'allow-empty': false,
    'adopt-job': false,
  };
  const stdin: unknown = Readable.from([Buffer.from(list)]);
  const environment = { cwd: '/', host: 'host', user: 'user', stdin } as Environment;
  const directories = { cache: '/c', state: '/s', config: '/f', data: '/d' } as UserDirectories;
  return await sourceOptions(['/a'], { ...flags, ...more } as SourceFlags, environment, directories);
}

test('a list of files is not empty, unless that is meant', async () => {
  const list = { 'files-from': '-' };
  expect((await optionsOf(list, '/b\n')).filesFrom?.map(String)).toEqual(['/b']);
  for (const nothing of ['', '\n\n'])
    await expect(optionsOf(list, nothing)).rejects.toMatchObject({ code: 'usage' });
  expect((await optionsOf({ ...list, 'allow-empty': true })).filesFrom).toEqual([]);
});

test('--cloud-files reaches the library; left out, they stay where they are', async () => {
  expect((await optionsOf({})).cloudFiles).toBe('skip');
  expect((await optionsOf({ 'cloud-files': 'read' })).cloudFiles).toBe('read');
});

describe('--stdin-command', () => {
  const both = (first: string, second: string) => `${first}${isWindows ? '&' : ';'} ${second}`;

  async function read(command: string, signal = new AbortController().signal): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of outputOfCommand(
      command,
      { env: process.env, platform: process.platform },
      signal,
    ))
      pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  test('gives what the command prints', async () => {
    expect(await read(both('echo one', 'echo two'))).toMatch(/^one\r?\ntwo\r?\n$/);
  });

  test('fails when the command fails, even after output: half a dump is no backup', async () => {
    await expect(read(both('echo half', 'exit 3'))).rejects.toMatchObject({
      code: 'source-unreadable',
      message: expect.stringContaining('(3)'),
    });
    await expect(read(`no-such-command-anywhere 2>${devNull}`)).rejects.toMatchObject({
      code: 'source-unreadable',
    });
  });

  test.skipIf(lacks('signals'))('stops the command when interrupted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(read('exec sleep 60', controller.signal)).rejects.toMatchObject({
      code: 'source-unreadable',
    });
  });
});
