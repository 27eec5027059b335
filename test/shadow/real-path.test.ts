import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { realPaths } from '../../src/shadow/real-path.ts';

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
