import { expect, test } from 'vitest';
import { userDirectories } from '../../src/cli/directories.ts';

const linux = { home: '/home/ann', platform: 'linux', cwd: '/projects' } as const;

test('Linux: XDG, its defaults, and nothing relative', () => {
  expect(userDirectories({ ...linux, env: {} })).toEqual({
    cache: '/home/ann/.cache/bmcloud',
    state: '/home/ann/.local/state/bmcloud',
    config: '/home/ann/.config/bmcloud',
    data: '/home/ann/.local/share/bmcloud',
  });
  const env = { XDG_CACHE_HOME: '/var/cache', XDG_STATE_HOME: 'relative' };
  expect(userDirectories({ ...linux, env })).toMatchObject({
    cache: '/var/cache/bmcloud',
    state: '/home/ann/.local/state/bmcloud',
  });
});

test('variables of bmcloud come first, as they are', () => {
  const env = { XDG_CACHE_HOME: '/var/cache', BMCLOUD_CACHE_DIR: '/fast', BMCLOUD_CONFIG_DIR: 'here' };
  expect(userDirectories({ ...linux, env })).toMatchObject({ cache: '/fast', config: '/projects/here' });
});

test('macOS keeps to ~/Library', () => {
  const { cache, config } = userDirectories({ ...linux, platform: 'darwin', env: { XDG_CACHE_HOME: '/x' } });
  expect([cache, config]).toEqual([
    '/home/ann/Library/Caches/bmcloud',
    '/home/ann/Library/Application Support/bmcloud/config',
  ]);
});
