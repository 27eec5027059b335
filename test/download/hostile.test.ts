import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RestoreOptions, restore } from '../../src/restore.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { type Crafted, pushCrafted } from './craft.ts';
import { failedPaths } from './rig.ts';

let made: TestRepository;
let to: string;
/** What nothing may be written to. */
let outside: string;

beforeEach(async () => {
  made = await makeRepository();
  to = join(made.root, 'target');
  outside = join(made.root, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'kept'), 'kept');
});
afterEach(async () => {
  expect(readdirSync(outside)).toEqual(['kept']);
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
  expect(readdirSync(made.root).filter((name) => name.includes('evil'))).toEqual([]);
  await made.cleanup();
});

const run = (options: Partial<RestoreOptions> = {}) =>
  restore(made.repository, {
    at: { latest: true },
    paths: [],
    target: { to },
    overwrite: 'if-different',
    deleteExtra: false,
    dryRun: false,
    verify: false,
    confirm: async () => true,
    partial: false,
    ownership: false,
    workers: 0,
    ...options,
  });

const root: Crafted = { path: 'source', stat: { type: 'directory', mode: 0o755 } };
const folder = (path: string): Crafted => ({ path, stat: { type: 'directory', mode: 0o755 } });
const linkTo = (path: string, target: string): Crafted => ({
  path,
  stat: { type: 'symlink', mode: 0o777, target: Buffer.from(target) },
});

test('paths that lead out of the target are refused, each by its name; the others are restored', async () => {
  await pushCrafted(made.repository, [
    root,
    { path: 'source/../evil' },
    { path: 'source/a/../../../evil' },
    { path: 'source/fine' },
  ]);
  const { failed } = await run();
  expect(failed.map(({ path }) => path)).toEqual(['source/../evil', 'source/a/../../../evil']);
  expect(readdirSync(to)).toEqual(['fine']);
});

test.each(['evil', '../evil', '/evil', '..'])('the source %j is none of the snapshot', async (path) => {
  await pushCrafted(made.repository, [{ path }]);
  const { failed } = await run();
  expect(failed).toHaveLength(1);
  expect(readdirSync(to)).toEqual([]);
});

test.skipIf(lacks('symlinks'))('a file through a link of the same snapshot', async () => {
  await pushCrafted(made.repository, [root, linkTo('source/l', outside), { path: 'source/l/evil' }]);
  const { failed } = await run();
  expect(failed.map(({ path }) => path)).toEqual(['source/l/evil']);
  expect(lstatSync(join(to, 'l')).isSymbolicLink()).toBe(true);
});

test('a link and then a directory of one name', async () => {
  await pushCrafted(made.repository, [
    root,
    linkTo('source/l', outside),
    folder('source/l'),
    { path: 'source/l/evil' },
  ]);
  await expect(run()).rejects.toMatchObject({ code: 'damaged' });
});

test('a link that a directory of another case would be walked through', async () => {
  await pushCrafted(
    made.repository,
    [root, linkTo('source/L', outside), folder('source/l'), { path: 'source/l/a' }],
    { platform: 'posix' },
  );
  const failed = failedPaths(await run());
  // Where the two are one, the first has the name.
  if (isWindows) expect(failed).toEqual(expect.arrayContaining(['source/l', 'source/l/a']));
  else expect(failed).toEqual([]);
  if (!isWindows) expect(readdirSync(join(to, 'l'))).toEqual(['a']);
});

test.skipIf(lacks('windows'))(
  'of names that are one on Windows the first is restored, the others are named',
  async () => {
    await pushCrafted(
      made.repository,
      [
        root,
        { path: 'source/README', items: [{ length: 1 }], stat: { size: 1 } },
        folder('source/Sub'),
        { path: 'source/Sub/a' },
        { path: 'source/readme' },
        folder('source/sub'),
        { path: 'source/sub/A' },
      ],
      { platform: 'posix' },
    );
    expect(failedPaths(await run({ verify: true }))).toEqual(['source/readme', 'source/sub', 'source/sub/A']);
    expect(readdirSync(to)).toEqual(['README', 'Sub']);
    expect(readFileSync(join(to, 'readme'))).toHaveLength(1);
  },
);

test('entries out of order are damage', async () => {
  await pushCrafted(made.repository, [root, { path: 'source/b' }, { path: 'source/a' }]);
  await expect(run()).rejects.toMatchObject({ code: 'damaged' });
});

test.skipIf(lacks('symlinks'))('the root itself as a link', async () => {
  await pushCrafted(made.repository, [linkTo('source', outside), { path: 'source/evil' }]);
  const { failed } = await run();
  expect(failed.map(({ path }) => path)).toEqual(['source/evil']);
});

test.skipIf(lacks('symlinks'))(
  'links that the target has are replaced by the directories of the snapshot, or stay',
  async () => {
    mkdirSync(to);
    symlinkSync(outside, join(to, 'sub'));
    await pushCrafted(made.repository, [root, folder('source/sub'), { path: 'source/sub/evil' }]);
    const refused = await run({ overwrite: 'never' });
    expect(refused.failed.map(({ path }) => path)).toEqual(['source/sub', 'source/sub/evil']);
    expect((await run()).failed).toEqual([]);
    expect(lstatSync(join(to, 'sub')).isDirectory()).toBe(true);
    expect(readdirSync(join(to, 'sub'))).toEqual(['evil']);
  },
);

test.skipIf(lacks('symlinks'))('a link in place of a file is replaced, not written through', async () => {
  mkdirSync(to);
  symlinkSync(join(outside, 'kept'), join(to, 'file'));
  await pushCrafted(made.repository, [root, { path: 'source/file' }]);
  expect((await run()).failed).toEqual([]);
  expect(lstatSync(join(to, 'file')).isFile()).toBe(true);
});

test('a file that is also elsewhere is replaced, not written to', async () => {
  mkdirSync(to);
  linkSync(join(outside, 'kept'), join(to, 'file'));
  await pushCrafted(made.repository, [root, { path: 'source/file' }]);
  expect((await run({ overwrite: 'always' })).failed).toEqual([]);
});

test.skipIf(lacks('symlinks'))('a draft that somebody prepared is not written to', async () => {
  await pushCrafted(made.repository, [
    root,
    { path: 'source/file', items: [{ length: 10 }], stat: { size: 10 } },
  ]);
  const { draftOf } = await import('../../src/download/target.ts');
  mkdirSync(to);
  symlinkSync(join(outside, 'kept'), draftOf(join(to, 'file')));
  expect((await run()).failed).toEqual([]);
  expect(readFileSync(join(to, 'file'))).toEqual(Buffer.alloc(10));
});

test('a draft that is another name of a file elsewhere is not written to', async () => {
  const items = [{ length: 5 }, { length: 5 }];
  await pushCrafted(made.repository, [root, { path: 'source/file', items, stat: { size: 10 } }]);
  const { draftOf } = await import('../../src/download/target.ts');
  mkdirSync(to);
  linkSync(join(outside, 'kept'), draftOf(join(to, 'file')));
  expect((await run()).failed).toEqual([]);
  expect(readFileSync(join(to, 'file'))).toEqual(Buffer.alloc(10));
});

test('another name of a file that was refused is no link to anything', async () => {
  const stat = { inode: 5n, device: 1n, links: 2 };
  await pushCrafted(made.repository, [
    root,
    { path: 'source/../outside/kept', stat },
    { path: 'source/z', stat },
  ]);
  const { failed } = await run();
  expect(failed.map(({ path }) => path)).toEqual(['source/../outside/kept']);
  expect(lstatSync(join(to, 'z')).nlink).toBe(1);
});

test('names of Windows that separate directories are refused here', async () => {
  await pushCrafted(made.repository, [root, { path: 'source/..\\evil' }, { path: 'source/fine' }], {
    platform: 'windows',
  });
  const { failed } = await run();
  expect(failed.map(({ path }) => path)).toEqual(['source/..\\evil']);
});

test('nothing is restored to where it was on another system', async () => {
  await pushCrafted(made.repository, [root], { platform: isWindows ? 'posix' : 'windows' });
  await expect(run({ target: { inPlace: true } })).rejects.toMatchObject({ code: 'target' });
});

test.skipIf(lacks('modes'))('setuid bits come back only with the owner', async () => {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const mode = (name: string) => lstatSync(join(to, name)).mode & 0o7777;
  await pushCrafted(made.repository, [root, { path: 'source/suid', stat: { mode: 0o6755, uid, gid } }]);
  await run();
  expect(mode('suid')).toBe(0o755);
  await run({ ownership: true, overwrite: 'always' });
  expect(mode('suid')).toBe(0o6755);
});

test('a size that the data do not have is damage of that file alone', async () => {
  await pushCrafted(made.repository, [root, { path: 'source/a', stat: { size: 10 } }, { path: 'source/b' }]);
  const { failed } = await run();
  expect(failed).toMatchObject([{ path: 'source/a', code: 'damaged' }]);
  expect(readdirSync(to)).toEqual(['b']);
});
