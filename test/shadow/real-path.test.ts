import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realPaths, windowsRealPaths } from '../../src/shadow/real-path.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'shadow-paths-')));
afterAll(() => rmSync(top, { recursive: true }));

describe.skipIf(process.platform === 'win32')('where a path truly lies', () => {
  const real = realPaths();
  const asText = async (path: string, followLast?: boolean) =>
    Buffer.from(await real(Buffer.from(path), followLast)).toString();

  test('links among its directories are followed, the last only if asked to', async () => {
    mkdirSync(`${top}/a/b`, { recursive: true });
    writeFileSync(`${top}/a/b/file`, '');
    symlinkSync('a', `${top}/link`);
    expect(await asText(`${top}/link/b/file`)).toBe(`${top}/a/b/file`);
    expect(await asText(`${top}/link`)).toBe(`${top}/link`);
    expect(await asText(`${top}/link`, true)).toBe(`${top}/a`);
    expect(await asText(`${top}/link/`)).toBe(`${top}/link`);
  });

  test('what is gone keeps its name', async () => {
    expect(await asText(`${top}/link/gone/file`)).toBe(`${top}/a/gone/file`);
    expect(await asText(`${top}/link/b/gone`, true)).toBe(`${top}/a/b/gone`);
  });

  test('the root and what lies in it', async () => {
    expect(await asText('/')).toBe('/');
    expect(await asText('/', true)).toBe('/');
    expect(await asText('/x-is-not-there')).toBe('/x-is-not-there');
  });

  test('bytes that are not text stay as they are', async () => {
    const directory = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xfe, 0xff])]);
    mkdirSync(directory);
    const file = Buffer.concat([directory, Buffer.from('/f')]);
    expect(Buffer.from(await real(file))).toEqual(file);
  });
});

describe('on Windows, by a stand-in', () => {
  const ED = 0xed;
  /** C:\Link leads to C:\Data, and D:\ is what lies behind C:\Users\ann\Disk. */
  const asked: string[] = [];
  const real = windowsRealPaths(async (path) => {
    const text = path.toString('latin1');
    asked.push(text);
    if (text.includes('gone')) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    const found = text.replace(/^C:\\Link(?=\\|$)/i, 'C:\\Data').replace(/^C:\\Users\\ann\\Disk\\?/i, 'D:\\');
    return Buffer.from(found, 'latin1');
  });
  const asText = async (path: string, followLast?: boolean) =>
    Buffer.from(await real(Buffer.from(path), followLast)).toString();

  test.each([
    ['C:\\Link\\file', 'C:\\Data\\file'],
    ['c:\\link\\file', 'C:\\Data\\file'],
    ['C:\\Link\\gone\\file', 'C:\\Data\\gone\\file'],
    ['C:\\Link', 'C:\\Link'],
    ['C:\\Users\\ann\\Disk\\a\\b', 'D:\\a\\b'],
    ['C:\\Users\\ann\\Disk\\b', 'D:\\b'],
    ['C:\\', 'C:\\'],
    ['C:\\pagefile.sys', 'C:\\pagefile.sys'],
  ])('%s is %s', async (path, place) => expect(await asText(path)).toBe(place));

  test('a source that is a junction is what it leads to', async () => {
    expect(await asText('C:\\Link', true)).toBe('C:\\Data');
  });

  test('a name that is no text stays one', async () => {
    const ill = Buffer.concat([Buffer.from('C:\\Link\\'), Buffer.of(ED, 0xa0, 0x80)]);
    expect(await real(ill)).toEqual(Buffer.concat([Buffer.from('C:\\Data\\'), Buffer.of(ED, 0xa0, 0x80)]));
  });

  test.each([
    '\\\\server\\share\\file',
    '\\\\?\\UNC\\server\\share\\file',
    '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy1\\file',
  ])('%s is not asked for', async (path) => {
    asked.length = 0;
    expect(await asText(path)).toBe(path);
    expect(await asText(path, true)).toBe(path);
    expect(asked).toEqual([]);
  });
});
