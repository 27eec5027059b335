import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import type { BmcloudEvent } from '../../src/model/events.ts';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { incrementsIn, treeOf, useMirror } from './rig.ts';

/** Which call fails on paths that end so, with what, and how often. */
const faults = vi.hoisted(() => ({ call: '', path: '', code: '', times: 0 }));

vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const opened = new Map<number, string>();
  const linkSync = (...args: Parameters<typeof fs.linkSync>) => {
    failIf('link', args[0]);
    fs.linkSync(...args);
  };
  const openSync = (...args: Parameters<typeof fs.openSync>) => {
    failIf('open', args[0]);
    const descriptor = fs.openSync(...args);
    opened.set(descriptor, String(args[0]));
    return descriptor;
  };
  const writeSync = (...args: Parameters<typeof fs.writeSync>) => {
    failIf('write', opened.get(args[0]));
    return fs.writeSync(...args);
  };
  // Once for each attempt: the first piece is read, and then the file grows.
  const readSync = (
    descriptor: number,
    bytes: NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    position: number,
  ) => {
    const read = fs.readSync(descriptor, bytes, offset, length, position);
    const file = opened.get(descriptor);
    if (faults.call === 'read' && position === 0 && file?.includes(faults.path) && faults.times-- > 0)
      fs.appendFileSync(file, '+');
    return read;
  };
  const mkdirSync = (...args: Parameters<typeof fs.mkdirSync>) => {
    failIf('mkdir', args[0]);
    return fs.mkdirSync(...args);
  };
  const statfsSync = (...args: Parameters<typeof fs.statfsSync>) => {
    const answer = fs.statfsSync(...args);
    return faults.call === 'statfs' ? Object.assign(answer, { bavail: 1, bsize: 2 }) : answer;
  };
  return { ...fs, linkSync, openSync, readSync, writeSync, mkdirSync, statfsSync };
});

function failIf(call: string, path: unknown): void {
  if (faults.call !== call || !String(path).includes(faults.path) || faults.times <= 0) return;
  faults.times--;
  throw Object.assign(new Error(`${faults.code}: no`), { code: faults.code, errno: -1 });
}

const rig = useMirror();
beforeEach(() => Object.assign(faults, { call: '' }));

function fail(call: string, path: string, code: string, times = Number.POSITIVE_INFINITY): void {
  Object.assign(faults, { call, path, code, times });
}

const put = (path: string, text: string) => writeFileSync(join(rig.source, path), text);
const inMirror = () => treeOf(join(rig.to, 'mirror'));

test('a file that is held is read again, and then skipped: its old version stays', async () => {
  put('a', 'one');
  put('b', 'one');
  await rig.run();
  put('a', 'two!');
  put('b', 'two!');
  fail('open', join('source', 'a'), 'EBUSY');
  const retry = { retries: 2, delay: 1, sleep: () => Promise.resolve() };
  const { skipped, statistics } = await rig.run({ retry });
  expect(skipped).toMatchObject([{ path: join(rig.source, 'a'), code: 'EBUSY' }]);
  expect(statistics).toMatchObject({ files: 2, changed: 1 });
  expect(inMirror()).toEqual({ a: 'one', b: 'two!' });
  fail('open', join('source', 'a'), 'EBUSY', 2);
  expect(await rig.run({ retry })).toMatchObject({ skipped: [], statistics: { changed: 1 } });
  expect(inMirror()).toEqual({ a: 'two!', b: 'two!' });
});

test('a file that is held when its source comes to lie elsewhere in the mirror: its old version is kept', async () => {
  const other = join(rig.root, 'other');
  mkdirSync(other);
  const isTracked = (path: Uint8Array) => !Buffer.from(path).toString().endsWith('.tmp');
  put('a', 'one');
  put('b.tmp', 'no history');
  await rig.run({ isTracked });
  fail('open', join('source', 'b.tmp'), 'EBUSY');
  const { skipped } = await rig.run({ isTracked, sources: [rig.source, other] });
  expect(skipped).toHaveLength(1);
  expect(inMirror()).toEqual({ other: '/', source: '/', 'source/a': 'one' });
  const [, last = ''] = incrementsIn(rig.to);
  expect(treeOf(join(rig.to, last, 'deleted'))).toEqual({ a: 'one', 'b.tmp': 'no history' });
});

test.each([
  [2, []],
  [3, ['a']],
])('a file that changes while it is read, %i times', async (times, told) => {
  put('a', 'one');
  put('b', 'one');
  fail('read', join('source', 'a'), '', times);
  const warnings: (string | undefined)[] = [];
  const onEvent = (event: BmcloudEvent) => {
    if (event.type === 'warning') warnings.push(event.path);
  };
  expect(await rig.run({}, { onEvent })).toMatchObject({ changing: told.length, skipped: [] });
  expect(warnings).toEqual(told.map((name) => join(rig.source, name)));
  expect(await rig.run()).toMatchObject({ changing: 0, statistics: { changed: told.length } });
  expect(inMirror()).toEqual(treeOf(rig.source));
});

test('a file that somebody changes in the mirror while it is restored fails', async () => {
  put('a', 'one');
  await rig.run();
  fail('read', join(incrementsIn(rig.to)[0] as string, 'track', 'a'), '');
  const to = join(rig.root, 'out');
  const back = { from: rig.to, at: { latest: true as const }, to, paths: [], overwrite: 'never' as const };
  expect(await restoreFromMirror(back)).toMatchObject({ files: 0, failed: [{ path: 'a' }] });
  expect(treeOf(to)).toEqual({});
});

/** A view of the volume as it was when this was asked for: a copy of the source. */
function copyOfSource() {
  const copy = join(rig.root, 'copy');
  cpSync(rig.source, copy, { recursive: true, preserveTimestamps: true });
  const asked: string[] = [];
  return {
    asked,
    isClosed: false,
    openFor: async () => {},
    removeLeftovers: async () => {},
    async close() {
      this.isClosed = true;
    },
    pathInShadow: async (path: Uint8Array) => {
      asked.push(Buffer.from(path).toString());
      const frozen = Buffer.from(path).toString().replace(rig.source, copy);
      return { path: Buffer.from(frozen), provider: 'btrfs' };
    },
  };
}

test('a file that stays held is copied from a frozen view of its volume, and no other', async () => {
  put('a', 'one');
  put('b', 'one');
  const views = copyOfSource();
  fail('open', join('source', 'a'), 'EBUSY');
  expect(await rig.run({ views })).toMatchObject({ skipped: [], statistics: { new: 2 } });
  expect(inMirror()).toEqual({ a: 'one', b: 'one' });
  expect(views).toMatchObject({ asked: [join(rig.source, 'a')], isClosed: true });
});

test('all are copied from frozen views where that is wanted, and from the live volume what is not there', async () => {
  put('a', 'one');
  const views = copyOfSource();
  put('a', 'two');
  put('b', 'newer');
  await rig.run({ views, shadow: 'always' });
  expect(inMirror()).toEqual({ a: 'one', b: 'newer' });
});

test('why there is no frozen view is told with what is skipped', async () => {
  put('a', 'one');
  const none = {
    ...copyOfSource(),
    pathInShadow: async () => ({ unavailable: 'the volume has no snapshots' }),
  };
  fail('open', join('source', 'a'), 'EBUSY');
  const { skipped } = await rig.run({ views: none });
  expect(skipped).toMatchObject([{ code: 'EBUSY', noShadow: 'the volume has no snapshots' }]);
  const { skipped: never } = await rig.run({ views: none, shadow: 'never' });
  expect(never[0]).not.toHaveProperty('noShadow');
});

test.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EROFS', 'target'],
  ['EIO', 'target'],
])('%s while writing ends the run with %s; the next one completes it', async (system, code) => {
  for (let i = 0; i < 20; i++) put(`file-${i}`, `text ${i}`);
  fail('write', 'drafts', system, 1);
  await expect(rig.run()).rejects.toMatchObject({ code });
  expect(incrementsIn(rig.to)).toEqual([]);
  expect((await rig.run()).statistics).toMatchObject({ files: 20, new: 20 });
  expect(inMirror()).toEqual(treeOf(rig.source));
});

test('a disk without room is told before anything is copied', async () => {
  put('a', 'one');
  fail('statfs', '', '');
  await expect(rig.run()).rejects.toMatchObject({ code: 'disk-full', data: { free: 2, needed: 3 } });
  expect(inMirror()).toEqual({});
});

test('a folder that cannot be written to', async () => {
  put('a', 'one');
  fail('mkdir', rig.to, 'EROFS');
  await expect(rig.run()).rejects.toMatchObject({ code: 'target' });
});

test('without hard links increments have copies, with their times', async () => {
  fail('link', '', 'EPERM');
  put('a', 'one');
  await rig.run();
  put('a', 'other');
  rmSync(join(rig.source, 'a'));
  put('b', 'two');
  await rig.run();
  const [first = '', second = ''] = incrementsIn(rig.to);
  expect(readFileSync(join(rig.to, first, 'track/a'), 'utf8')).toBe('one');
  expect(treeOf(join(rig.to, second, 'deleted'))).toEqual({ a: 'one' });
  expect(treeOf(join(rig.to, second, 'track'))).toEqual({ b: 'two' });
  expect((await rig.run()).increment).toBeUndefined();
});

test('what goes wrong with one path in the folder leaves the others alone', async () => {
  put('a', 'one');
  put('b', 'one');
  fail('open', 'drafts', 'EACCES', 1);
  const { skipped } = await rig.run();
  expect(skipped).toMatchObject([{ code: 'EACCES' }]);
  expect(inMirror()).toEqual({ b: 'one' });
  expect((await rig.run()).statistics).toMatchObject({ files: 2, new: 1 });
});

test('a state comes back whose version a run that was broken off kept, and the next set aside', async () => {
  put('a', 'one');
  await rig.run();
  put('c', 'two');
  const { time } = await rig.run();
  rmSync(join(rig.to, incrementsIn(rig.to)[0] as string), { recursive: true });
  for (const path of ['a', 'b']) put(path, 'two!');
  fail('write', join('drafts', '2'), 'ENOSPC', 1);
  await expect(rig.run()).rejects.toMatchObject({ code: 'disk-full' });
  expect(inMirror()).toEqual({ a: 'two!', c: 'two' });
  put('a', 'three');
  await rig.run();
  expect(treeOf(join(rig.to, incrementsIn(rig.to)[1] as string, 'deleted'))).toEqual({
    a: 'two!',
    'a~1': 'one',
  });
  const to = join(rig.root, 'out');
  await restoreFromMirror({ from: rig.to, at: { time }, to, paths: [], overwrite: 'if-different' });
  expect(treeOf(to)).toEqual({ a: 'one', c: 'two' });
});
