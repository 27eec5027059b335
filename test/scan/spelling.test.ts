import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSources } from '../../src/scan/sources.ts';
import { spelledPath } from '../../src/scan/spelling.ts';
import { jobSources } from '../../src/upload/sources.ts';
import { lacks } from '../fixtures/platform.ts';
import { temporaryDirectory } from './scanned.ts';

describe('a path of Windows, as the disk spells it', () => {
  /** C:\Users\Ann is there, and in it Link, which leads to D:\Data. */
  const ask = async (path: string) => {
    if (/\\link\b/i.test(path)) return path.replace(/^.*\\link/i, 'D:\\Data').replace(/\\x$/i, '\\X');
    const found = 'C:\\Users\\Ann\\Ä é'.slice(0, path.length);
    if (found.toLowerCase() === path.toLowerCase()) return found;
    throw Object.assign(new Error('gone'), { code: 'ENOENT', errno: -2 });
  };

  test.each([
    ['c:\\users\\ann', 'C:\\Users\\Ann'],
    ['C:\\USERS\\ANN\\ä É', 'C:\\Users\\Ann\\Ä é'],
    ['c:\\users\\ann\\link\\x', 'C:\\Users\\Ann\\link\\X'],
    ['c:\\users\\ann\\Gone\\x', 'C:\\Users\\Ann\\Gone\\x'],
    ['c:\\', 'C:\\'],
    ['e:\\photos', 'E:\\photos'],
    ['\\\\?\\c:\\users', '\\\\?\\C:\\users'],
    ['\\\\Server\\share\\', '\\\\Server\\share\\'],
    ['\\\\Server\\share\\Photos', '\\\\Server\\share\\Photos'],
  ])('%s is %s', async (path, spelled) => expect(await spelledPath(path, ask)).toBe(spelled));
});

describe.skipIf(lacks('windows'))('sources on Windows', () => {
  const text = (path: Uint8Array) => Buffer.from(path).toString();

  test('are one however they are spelt', async () => {
    const top = temporaryDirectory();
    const photos = join(top, 'Photos');
    mkdirSync(photos);
    const { sources } = await resolveSources([photos.toLowerCase(), photos.toUpperCase()], top);
    expect(sources.map(({ name, path }) => [name, text(path).endsWith('\\Photos')])).toEqual([
      ['Photos', true],
    ]);
  });

  test('are known as moved however they are spelt', async () => {
    const top = temporaryDirectory();
    mkdirSync(join(top, 'Photos'));
    const { sources, known } = await jobSources({
      sources: [join(top, 'photos')],
      cwd: top,
      sourceMoved: { 'd:\\Photos of Ann': join(top, 'PHOTOS') },
      allowEmpty: false,
      oneFileSystem: false,
      excludeCaches: false,
      ownDirectories: [],
    });
    expect(known).toEqual(['D:\\Photos of Ann']);
    expect(sources.map(({ name }) => name)).toEqual(['Photos of Ann']);
  });
});
