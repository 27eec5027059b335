import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDirectories, makeDirectoriesSync } from '../../src/flow/make-directories.ts';
import { lacks } from '../fixtures/platform.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bmcloud-directories-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const inTurn = async (path: string, mode?: number) => makeDirectoriesSync(path, mode);

describe.each([
  ['one after the other', makeDirectories],
  ['at once', inTurn],
])('directories made %s', (_, make) => {
  test('all that are missing are there', async () => {
    await make(join(root, 'a', 'b', 'c'), 0o700);
    expect(statSync(join(root, 'a', 'b', 'c')).isDirectory()).toBe(true);
    if (platform() !== 'win32') expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700);
    await make(join(root, 'a', 'b', 'c'));
    await make(root);
  });

  test('a file in the way is told', async () => {
    writeFileSync(join(root, 'file'), '');
    await expect(make(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(make(join(root, 'file', 'below'))).rejects.toMatchObject({
      code: platform() === 'win32' ? expect.stringMatching(/^E(NOENT|NOTDIR|EXIST)$/) : 'ENOTDIR',
    });
  });

  test.skipIf(lacks('proc'))('where nothing can be made it ends', async () => {
    await expect(make('/proc/nope/below')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('several at once do not mind one another', async () => {
    const path = join(root, 'x', 'y', 'z');
    await Promise.all(Array.from({ length: 8 }, () => make(path)));
    expect(existsSync(path)).toBe(true);
  });
});

test('the first one that was made is told', async () => {
  expect(await makeDirectories(join(root, 'a', 'b'))).toBe(join(root, 'a'));
  expect(await makeDirectories(join(root, 'a', 'b'))).toBeUndefined();
  expect(await makeDirectories(join(root, 'a', 'c'))).toBe(join(root, 'a', 'c'));
});

test.skipIf(lacks('byteNames'))('a path of bytes that are no text', () => {
  const path = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x2f, 0xfe])]);
  makeDirectoriesSync(path);
  expect(statSync(path).isDirectory()).toBe(true);
});
