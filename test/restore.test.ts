import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { pushCrafted } from './download/craft.ts';
import { failedPaths, noise, text, useRig } from './download/rig.ts';
import { lacks, slashed } from './fixtures/platform.ts';
import { pushTree } from './fixtures/push-tree.ts';

const rig = useRig();

test('data, hard links, modes and times', async () => {
  mkdirSync(rig.inSource('sub'));
  writeFileSync(rig.inSource('sub/a.txt'), 'hello');
  writeFileSync(rig.inSource('empty'), '');
  writeFileSync(rig.inSource('large'), noise(200_000, 1));
  linkSync(rig.inSource('large'), rig.inSource('other'));
  chmodSync(rig.inSource('sub'), 0o750);
  utimesSync(rig.inSource('sub'), '1000.5', '1000.5');
  await rig.push();
  const result = await rig.run({ verify: true });
  expect(result).toMatchObject({
    files: 3,
    directories: 1,
    links: 1,
    bytes: 200_005,
    failed: [],
    verified: 3,
  });
  expect(text(rig.inTarget('sub/a.txt'))).toBe('hello');
  expect(readFileSync(rig.inTarget('other'))).toEqual(noise(200_000, 1));
  expect(lstatSync(rig.inTarget('other')).ino).toBe(lstatSync(rig.inTarget('large')).ino);
  expect(lstatSync(rig.inTarget('sub')).mtimeMs).toBe(1_000_500);
  if (!lacks('modes')) expect(lstatSync(rig.inTarget('sub')).mode & 0o777).toBe(0o750);
  expect(await rig.run()).toMatchObject({ files: 0, links: 0, unchanged: 4, fetched: 0 });
});

test.skipIf(lacks('symlinks'))('symbolic links', async () => {
  symlinkSync('sub/a.txt', rig.inSource('link'));
  lutimesSync(rig.inSource('link'), '77', '77');
  await rig.push();
  expect(await rig.run()).toMatchObject({ links: 1, failed: [] });
  expect(slashed(readlinkSync(rig.inTarget('link')))).toBe('sub/a.txt');
  expect(lstatSync(rig.inTarget('link')).mtimeMs).toBe(77_000);
  expect(await rig.run()).toMatchObject({ links: 0, unchanged: 1 });
});

test('times to the microsecond', async () => {
  writeFileSync(rig.inSource('exact'), 'exact');
  utimesSync(rig.inSource('exact'), '1763000000.123456', '1763000000.123456');
  await rig.push();
  await rig.run();
  const { mtimeNs } = lstatSync(rig.inTarget('exact'), { bigint: true });
  expect(Math.abs(Number(mtimeNs - 1_763_000_000_123_456_000n))).toBeLessThan(1000);
});

test.skipIf(lacks('oldTimes'))('times before 1970', async () => {
  writeFileSync(rig.inSource('old'), 'old');
  utimesSync(rig.inSource('old'), '-86400.25', '-86400.25');
  await rig.push();
  await rig.run();
  expect(lstatSync(rig.inTarget('old')).mtimeMs).toBe(-86_400_250);
});

test.skipIf(lacks('byteNames'))('names that are not UTF-8', async () => {
  const name = Buffer.from([0x61, 0xff, 0xfe]);
  writeFileSync(Buffer.concat([Buffer.from(`${rig.source}/`), name]), 'bytes');
  mkdirSync(Buffer.concat([Buffer.from(`${rig.source}/d`), name]));
  writeFileSync(Buffer.concat([Buffer.from(`${rig.source}/d`), name, Buffer.from('/x')]), 'below');
  await rig.push();
  expect((await rig.run({ verify: true })).failed).toEqual([]);
  expect(readdirSync(rig.to, 'buffer')).toEqual([name, Buffer.concat([Buffer.from('d'), name])]);
  expect(readFileSync(Buffer.concat([Buffer.from(`${rig.to}/d`), name, Buffer.from('/x')]), 'utf8')).toBe(
    'below',
  );
});

test.skipIf(lacks('modes'))('read-only directories, with what is in them', async () => {
  mkdirSync(rig.inSource('closed'));
  writeFileSync(rig.inSource('closed/file'), 'x');
  chmodSync(rig.inSource('closed'), 0o500);
  await rig.push();
  expect((await rig.run()).failed).toEqual([]);
  expect(lstatSync(rig.inTarget('closed')).mode & 0o777).toBe(0o500);
  expect(text(rig.inTarget('closed/file'))).toBe('x');
  chmodSync(rig.inSource('closed'), 0o700);
  chmodSync(rig.inTarget('closed'), 0o700);
  unlinkSync(rig.inTarget('closed/file'));
  chmodSync(rig.inTarget('closed'), 0o500);
  expect(await rig.run()).toMatchObject({ files: 1, failed: [] });
  expect(lstatSync(rig.inTarget('closed')).mode & 0o777).toBe(0o500);
  chmodSync(rig.inTarget('closed'), 0o700); // so that it can be removed
});

test.skipIf(lacks('fifos'))('FIFOs', async () => {
  execFileSync('mkfifo', [rig.inSource('pipe')]);
  await rig.push();
  expect(await rig.run()).toMatchObject({ links: 1, failed: [] });
  expect(lstatSync(rig.inTarget('pipe')).isFIFO()).toBe(true);
  expect(await rig.run()).toMatchObject({ links: 0, unchanged: 1 });
});

test('sockets and devices are told of', async () => {
  await pushCrafted(rig.repository, [
    { path: 'source', stat: { type: 'directory', mode: 0o755 } },
    { path: 'source/device', stat: { type: 'block', deviceNumber: 1 } },
    { path: 'source/socket', stat: { type: 'socket' } },
  ]);
  const result = await rig.run({ job: 'crafted' });
  expect(failedPaths(result)).toEqual(['source/device']);
  expect(rig.events).toContainEqual(expect.objectContaining({ type: 'warning', path: 'source/socket' }));
});

test('holes are holes', async () => {
  const MiB = 2 ** 20;
  await pushCrafted(rig.repository, [
    { path: 'source', stat: { type: 'directory', mode: 0o755 } },
    { path: 'source/hole', items: [{ length: 64 * MiB }], stat: { size: 64 * MiB } },
    { path: 'source/two', items: [{ length: 32 * MiB }, { length: 32 * MiB }], stat: { size: 64 * MiB } },
  ]);
  expect(await rig.run({ verify: true })).toMatchObject({ files: 2, failed: [], verified: 2 });
  for (const name of ['hole', 'two']) {
    expect(lstatSync(rig.inTarget(name)).size).toBe(64 * MiB);
    expect(lstatSync(rig.inTarget(name)).blocks).toBeLessThan(64);
  }
});

test('a source that is a file goes below the target; several sources each into one of their own', async () => {
  writeFileSync(rig.inSource('one'), 'one');
  mkdirSync(rig.inSource('two'));
  writeFileSync(rig.inSource('two/b'), 'b');
  await pushTree(rig.repository, [rig.inSource('one')], { job: 'file' });
  await rig.run({ job: 'file' });
  expect(text(rig.inTarget('one'))).toBe('one');
  await pushTree(rig.repository, [rig.inSource('one'), rig.inSource('two')], { job: 'both' });
  await rig.run({ job: 'both', target: { to: rig.inTarget('deep/er') } });
  expect(text(rig.inTarget('deep/er/one'))).toBe('one');
  expect(text(rig.inTarget('deep/er/two/b'))).toBe('b');
});

test('what paths and globs mean, and the way there with its modes', async () => {
  mkdirSync(rig.inSource('a/b'), { recursive: true });
  chmodSync(rig.inSource('a'), 0o751);
  writeFileSync(rig.inSource('a/b/x.txt'), 'x');
  writeFileSync(rig.inSource('a/b/y.md'), 'y');
  await rig.push();
  expect(await rig.run({ paths: ['a/**/*.txt'] })).toMatchObject({ files: 1 });
  expect(readdirSync(rig.inTarget('a/b'))).toEqual(['x.txt']);
  if (!lacks('modes')) expect(lstatSync(rig.inTarget('a')).mode & 0o777).toBe(0o751);
  await expect(rig.run({ paths: ['nowhere'] })).rejects.toMatchObject({ code: 'not-found' });
});

test('in threads as without', async () => {
  for (let i = 0; i < 300; i++) writeFileSync(rig.inSource(`file-${i}`), noise(i * 300, i));
  await rig.push();
  expect(await rig.run({ workers: 2, verify: true })).toMatchObject({
    files: 300,
    verified: 300,
    failed: [],
  });
  for (let i = 0; i < 300; i++) expect(readFileSync(rig.inTarget(`file-${i}`))).toEqual(noise(i * 300, i));
});
