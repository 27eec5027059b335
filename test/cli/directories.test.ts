import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { userDirectories } from '../../src/cli/directories.ts';
import { lacks } from '../fixtures/platform.ts';

const linux = { home: '/home/ann', platform: 'linux', cwd: '/projects' } as const;

test('Linux: XDG, its defaults, and nothing relative', () => {
  expect(userDirectories({ ...linux, env: {} })).toEqual({
    cache: resolve('/home/ann/.cache/bmcloud'),
    state: resolve('/home/ann/.local/state/bmcloud'),
    config: resolve('/home/ann/.config/bmcloud'),
    data: resolve('/home/ann/.local/share/bmcloud'),
  });
  const env = { XDG_CACHE_HOME: '/var/cache', XDG_STATE_HOME: 'relative' };
  expect(userDirectories({ ...linux, env })).toMatchObject({
    cache: resolve('/var/cache/bmcloud'),
    state: resolve('/home/ann/.local/state/bmcloud'),
  });
});

test('variables of bmcloud come first, as they are', () => {
  const env = { XDG_CACHE_HOME: '/var/cache', BMCLOUD_CACHE_DIR: '/fast', BMCLOUD_CONFIG_DIR: 'here' };
  expect(userDirectories({ ...linux, env })).toMatchObject({
    cache: resolve('/fast'),
    config: resolve('/projects/here'),
  });
});

test('macOS keeps to ~/Library', () => {
  const { cache, config } = userDirectories({ ...linux, platform: 'darwin', env: { XDG_CACHE_HOME: '/x' } });
  expect([cache, config]).toEqual([
    resolve('/home/ann/Library/Caches/bmcloud'),
    resolve('/home/ann/Library/Application Support/bmcloud/config'),
  ]);
});

test.skipIf(lacks('windows'))(
  'Windows keeps caches on the machine and the configuration with the user',
  () => {
    const windows = { home: 'C:\\Users\\ann', platform: 'win32', cwd: 'C:\\' } as const;
    expect(userDirectories({ ...windows, env: { LOCALAPPDATA: 'D:\\Local' } })).toEqual({
      cache: 'D:\\Local\\bmcloud\\cache',
      state: 'D:\\Local\\bmcloud\\state',
      config: 'C:\\Users\\ann\\AppData\\Roaming\\bmcloud',
      data: 'D:\\Local\\bmcloud\\data',
    });
  },
);
