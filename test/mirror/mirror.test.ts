import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { lockMirror } from '../../src/mirror-lock.ts';
import { restoreFromMirror } from '../../src/restore-mirror.ts';
import { lacks } from '../fixtures/platform.ts';
import { incrementsIn, treeOf, useMirror } from './rig.ts';

const rig = useMirror();

function put(path: string, text: string): void {
  const place = join(rig.source, path);
  mkdirSync(join(place, '..'), { recursive: true });
  writeFileSync(place, text);
}

const inMirror = (path: string) => join(rig.to, 'mirror', path);
const inIncrement = (number: number, path: string) =>
  join(rig.to, incrementsIn(rig.to)[number] ?? 'none', path);

interface Recorded {
  files: { path: string; operation: string; in?: string; size?: number }[];
  statistics: object;
}

function recordOf(number: number): Recorded {
  const name = incrementsIn(rig.to)[number] as string;
  return JSON.parse(readFileSync(join(rig.to, name, `${name}.json`), 'utf8')) as Recorded;
}

function operations(number: number): Record<string, string> {
  return Object.fromEntries(recordOf(number).files.map(({ path, operation }) => [path, operation]));
}

function back(at: { time: Date } | { latest: true }, to = join(rig.root, 'out')) {
  return restoreFromMirror({ from: rig.to, at, to, paths: [], overwrite: 'if-different', onEvent: () => {} });
}

test('the mirror is what the source is; the increment has what changed, the record everything', async () => {
  put('a', 'one');
  put('d/b', 'two');
  put('link', 'as good as one');
  const first = await rig.run();
  expect(first.statistics).toMatchObject({
    files: 3,
    directories: 1,
    bytes: 20,
    tracked: 3,
    new: 3,
    changed: 0,
    deleted: 0,
  });
  put('a', 'changed');
  put('c', 'three');
  rmSync(join(rig.source, 'd'), { recursive: true });
  const second = await rig.run();
  expect(second.statistics).toMatchObject({
    files: 3,
    directories: 0,
    new: 1,
    changed: 1,
    deleted: 1,
    deletedKept: 1,
  });
  expect(treeOf(join(rig.to, 'mirror'))).toEqual(treeOf(rig.source));
  expect(treeOf(inIncrement(1, 'track'))).toEqual({ a: 'changed', c: 'three' });
  expect(treeOf(inIncrement(1, 'deleted'))).toEqual({ d: '/', 'd/b': 'two' });
  expect(operations(1)).toEqual({ a: 'changed', c: 'new', d: 'deleted', 'd/b': 'deleted', link: 'same' });
  expect(recordOf(1).files.find(({ path }) => path === 'link')?.in).toBe(incrementsIn(rig.to)[0]);
  expect(recordOf(1).statistics).toEqual(second.statistics);
});

test.skipIf(lacks('symlinks'))('links say where they lead, and are replaced like files', async () => {
  symlinkSync('a', join(rig.source, 'link'));
  const { time } = await rig.run();
  rmSync(join(rig.source, 'link'));
  symlinkSync('elsewhere', join(rig.source, 'link'));
  expect((await rig.run()).statistics).toMatchObject({ files: 1, changed: 1 });
  expect(treeOf(join(rig.to, 'mirror'))).toEqual({ link: '-> elsewhere' });
  await back({ time });
  expect(treeOf(join(rig.root, 'out'))).toEqual({ link: '-> a' });
});

test('a run that changes nothing leaves no trace', async () => {
  put('a', 'one');
  utimesSync(join(rig.source, 'a'), 1, 1);
  await rig.run();
  const names = treeOf(rig.to);
  const again = await rig.run();
  expect(again.increment).toBeUndefined();
  expect(again.statistics).toMatchObject({ files: 1, tracked: 1, new: 0 });
  expect(treeOf(rig.to)).toEqual(names);
});

test('a dry run says what would be done, and does nothing', async () => {
  put('a', 'one');
  const { statistics, bytesCopied } = await rig.run({}, { dryRun: true });
  expect({ statistics, bytesCopied }).toMatchObject({ statistics: { new: 1 }, bytesCopied: 3 });
  expect(existsSync(rig.to)).toBe(false);
});

describe('hard links', () => {
  test('mirror and increment have one file under two names; a new version leaves the old one alone', async () => {
    put('a', 'one');
    await rig.run();
    const inode = () => lstatSync(inIncrement(0, 'track/a'), { bigint: true }).ino;
    const old = inode();
    expect(lstatSync(inMirror('a'), { bigint: true }).ino).toBe(old);
    // The same file, written to in place.
    writeFileSync(join(rig.source, 'a'), 'two');
    await rig.run();
    expect(readFileSync(inIncrement(0, 'track/a'), 'utf8')).toBe('one');
    expect(inode()).toBe(old);
    expect(readFileSync(inMirror('a'), 'utf8')).toBe('two');
  });

  test('a file that was linked to by hand is replaced, never written to', async () => {
    put('a', 'one');
    await rig.run();
    const elsewhere = join(rig.root, 'elsewhere');
    linkSync(inMirror('a'), elsewhere);
    put('a', 'other');
    await rig.run();
    expect(readFileSync(elsewhere, 'utf8')).toBe('one');
  });
});

describe('what is found in the mirror', () => {
  test('an edit is undone, and kept', async () => {
    put('a', 'one');
    await rig.run();
    renameSync(inMirror('a'), join(rig.root, 'old'));
    writeFileSync(inMirror('a'), 'edited by hand');
    writeFileSync(inMirror('more'), 'put there by hand');
    await rig.run();
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ a: 'one' });
    expect(treeOf(inIncrement(1, 'deleted'))).toEqual({ a: 'edited by hand', more: 'put there by hand' });
    await back({ latest: true });
    expect(treeOf(join(rig.root, 'out'))).toEqual({ a: 'one' });
  });

  test.skipIf(lacks('symlinks'))('a link is never walked through', async () => {
    put('d/a', 'one');
    await rig.run();
    const outside = join(rig.root, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'a'), 'not yours');
    rmSync(inMirror('d'), { recursive: true });
    symlinkSync(outside, inMirror('d'));
    await rig.run();
    expect(treeOf(outside)).toEqual({ a: 'not yours' });
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ d: '/', 'd/a': 'one' });
  });

  test('a version that no increment has any more is kept when it is replaced', async () => {
    put('a', 'one');
    put('b', 'one');
    await rig.run();
    put('b', 'two');
    await rig.run();
    rmSync(inIncrement(0, ''), { recursive: true });
    put('a', 'two');
    await rig.run();
    expect(readFileSync(inIncrement(1, 'deleted/a'), 'utf8')).toBe('one');
    const first = new Date((recordOf(0) as unknown as { time: string }).time);
    expect(await back({ time: first })).toMatchObject({ failed: [] });
    expect(treeOf(join(rig.root, 'out'))).toEqual({ a: 'one', b: 'two' });
  });
});

describe('what is not tracked', () => {
  const isTracked = (path: Uint8Array) => !Buffer.from(path).toString().endsWith('.tmp');

  test('it is in the mirror alone, without history', async () => {
    put('a', 'one');
    put('b.tmp', 'one');
    put('c.tmp', 'one');
    const { time, statistics } = await rig.run({ isTracked });
    expect(statistics).toMatchObject({ files: 3, tracked: 1 });
    put('a', 'two');
    put('b.tmp', 'two!');
    rmSync(join(rig.source, 'c.tmp'));
    expect((await rig.run({ isTracked })).statistics).toMatchObject({ deleted: 1, deletedKept: 0 });
    expect(treeOf(inIncrement(1, 'track'))).toEqual({ a: 'two' });
    expect(treeOf(inIncrement(1, 'deleted'))).toEqual({});
    expect(await back({ time })).toMatchObject({ current: 1, failed: [] });
    expect(treeOf(join(rig.root, 'out'))).toEqual({ a: 'one', 'b.tmp': 'two!' });
    const options = { from: rig.to, at: { time }, to: join(rig.root, 'less'), paths: [], onEvent: () => {} };
    await restoreFromMirror({ ...options, overwrite: 'if-different', trackedOnly: true });
    expect(treeOf(options.to)).toEqual({ a: 'one' });
  });

  test('from the run on that tracks it, it has a history', async () => {
    put('b.tmp', 'one');
    await rig.run({ isTracked });
    const { time } = await rig.run();
    put('b.tmp', 'two');
    await rig.run();
    await back({ time });
    expect(treeOf(join(rig.root, 'out'))).toEqual({ 'b.tmp': 'one' });
  });
});

describe.skipIf(!lacks('root') || lacks('modes'))('what cannot be read', () => {
  test('a file is skipped: its old version stays', async () => {
    put('a', 'one');
    put('b', 'one');
    await rig.run();
    put('a', 'two');
    put('b', 'two');
    chmodSync(join(rig.source, 'a'), 0);
    const { skipped, statistics } = await rig.run();
    expect(skipped).toMatchObject([{ path: join(rig.source, 'a'), code: 'EACCES' }]);
    expect(statistics).toMatchObject({ files: 2, changed: 1 });
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ a: 'one', b: 'two' });
  });

  test('below a directory everything stays as it was', async () => {
    put('d/a', 'one');
    put('e', 'one');
    await rig.run();
    put('e', 'two');
    chmodSync(join(rig.source, 'd'), 0);
    const { skipped } = await rig.run();
    chmodSync(join(rig.source, 'd'), 0o755);
    expect(skipped).toHaveLength(1);
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ d: '/', 'd/a': 'one', e: 'two' });
    expect((await rig.run()).increment).toBeUndefined();
  });
});

describe('what stops a run before it begins', () => {
  test('a source that is empty all of a sudden', async () => {
    put('a', 'one');
    await rig.run();
    rmSync(join(rig.source, 'a'));
    await expect(rig.run({ allowEmpty: false })).rejects.toMatchObject({ code: 'source-empty' });
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ a: 'one' });
  });

  test.each([1, 2])(
    'the same when it is mirrored beside others since, or alone (%i before)',
    async (count) => {
      const other = join(rig.root, 'other');
      mkdirSync(other);
      put('a', 'one');
      writeFileSync(join(other, 'b'), 'two');
      const both = [rig.source, other];
      const [before, after] = count === 1 ? [[rig.source], both] : [both, [rig.source]];
      await rig.run({ sources: before });
      const then = treeOf(join(rig.to, 'mirror'));
      rmSync(join(rig.source, 'a'));
      const again = rig.run({ sources: after, allowEmpty: false });
      await expect(again).rejects.toMatchObject({ code: 'source-empty' });
      expect(treeOf(join(rig.to, 'mirror'))).toEqual(then);
    },
  );

  test.skipIf(lacks('symlinks'))('a source in another, which was beside that and is empty now', async () => {
    const other = join(rig.root, 'other');
    const inside = join(rig.source, 'inside');
    mkdirSync(other);
    put('a', 'one');
    writeFileSync(join(other, 'b'), 'two');
    symlinkSync(other, inside);
    const sources = [rig.source, inside];
    const run = () => rig.run({ sources, allowEmpty: false });
    await run();
    rmSync(inside);
    await run();
    expect(treeOf(join(rig.to, 'mirror'))).toMatchObject({ 'source/a': 'one', 'inside/b': 'two' });
    mkdirSync(inside);
    await expect(run()).rejects.toMatchObject({ code: 'source-empty' });
    expect(treeOf(join(rig.to, 'mirror'))).toMatchObject({ 'source/a': 'one', 'inside/b': 'two' });
  });

  test('one that a glob meant and is away stays', async () => {
    put('1/x/a', 'one');
    put('2/x/b', 'two');
    const run = () => rig.run({ sources: [`${rig.source}/*/x`], allowEmpty: false });
    await run();
    renameSync(join(rig.source, '1'), join(rig.root, 'away'));
    await run();
    expect(treeOf(join(rig.to, 'mirror'))).toMatchObject({ 'x/a': 'one', 'x-2/b': 'two' });
  });

  test('but not a source that is new, and empty from the beginning', async () => {
    const other = join(rig.root, 'other');
    mkdirSync(other);
    put('a', 'one');
    await rig.run();
    await rig.run({ sources: [rig.source, other], allowEmpty: false });
    await rig.run({ sources: [rig.source, other], allowEmpty: false });
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ other: '/', source: '/', 'source/a': 'one' });
  });

  test('a source that is missing, and would lie elsewhere in the mirror', async () => {
    const [other, away] = [join(rig.root, 'other'), join(rig.root, 'away')];
    mkdirSync(other);
    put('a', 'one');
    put('b.tmp', 'not tracked: only the mirror has it');
    const isTracked = (path: Uint8Array) => !Buffer.from(path).toString().endsWith('.tmp');
    const both = [rig.source, other];
    await rig.run({ isTracked });
    const before = treeOf(join(rig.to, 'mirror'));
    renameSync(rig.source, away);
    for (const dryRun of [true, false])
      await expect(rig.run({ sources: both, isTracked }, { dryRun })).rejects.toMatchObject({
        code: 'source-missing',
        message: `${rig.source} cannot be read, and is to lie elsewhere in the mirror`,
      });
    expect(treeOf(join(rig.to, 'mirror'))).toEqual(before);
    renameSync(away, rig.source);
    await rig.run({ sources: both, isTracked });
    // From then on it has its place.
    renameSync(rig.source, away);
    expect((await rig.run({ sources: both, isTracked })).skipped).toHaveLength(1);
    const { other: _, ...rest } = treeOf(join(rig.to, 'mirror'));
    expect(rest).toEqual({ source: '/', 'source/a': 'one', 'source/b.tmp': before['b.tmp'] });
  });

  test('but not one that the mirror never had', async () => {
    put('a', 'one');
    await rig.run();
    const { skipped } = await rig.run({ sources: [rig.source, join(rig.root, 'other')] });
    expect(skipped).toHaveLength(1);
    expect(treeOf(join(rig.to, 'mirror'))).toEqual({ source: '/', 'source/a': 'one' });
  });

  test('a folder that is the mirror of something else', async () => {
    put('a', 'one');
    await rig.run();
    const other = join(rig.root, 'other');
    mkdirSync(other);
    await expect(rig.run({ sources: [other] })).rejects.toMatchObject({ code: 'target' });
    await rig.run({ sources: [other] }, { otherSources: true });
    expect(treeOf(inIncrement(1, 'deleted'))).toEqual({ a: 'one' });
  });

  test('a folder that is its own source', async () => {
    put('a', 'one');
    await expect(rig.run({}, { to: rig.source })).rejects.toMatchObject({ code: 'usage' });
    await rig.run();
    const own = { sources: [join(rig.to, 'mirror')] };
    await expect(rig.run(own)).rejects.toMatchObject({ code: 'usage' });
  });

  test('a folder that another run is busy with', async () => {
    put('a', 'one');
    const other = await lockMirror(rig.to);
    await expect(rig.run()).rejects.toMatchObject({ code: 'busy' });
    await other.release();
    await rig.run();
  });
});

test('a mirror in its own source is no part of it', async () => {
  put('a', 'one');
  const to = join(rig.source, 'backups');
  await rig.run({}, { to });
  await rig.run({}, { to });
  expect(treeOf(join(to, 'mirror'))).toEqual({ a: 'one' });
});

test('of several sources each has a directory', async () => {
  put('a', 'one');
  const other = join(rig.root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'b'), 'two');
  await rig.run({ sources: [rig.source, other] });
  expect(treeOf(join(rig.to, 'mirror'))).toEqual({
    other: '/',
    'other/b': 'two',
    source: '/',
    'source/a': 'one',
  });
  await back({ latest: true });
  expect(treeOf(join(rig.root, 'out'))).toEqual(treeOf(join(rig.to, 'mirror')));
});

test.skipIf(lacks('byteNames'))('names that are no text', async () => {
  const name = Buffer.concat([Buffer.from(`${rig.source}/`), Buffer.from([0x61, 0xff, 0x62])]);
  writeFileSync(name, 'one');
  put('back\\x5cslash \\x61', 'two');
  put('new\nline', 'three');
  await rig.run();
  expect(await back({ latest: true })).toMatchObject({ files: 3, failed: [] });
  const restored = Buffer.concat([Buffer.from(join(rig.root, 'out/a')), Buffer.from([0xff, 0x62])]);
  expect(readFileSync(restored, 'utf8')).toBe('one');
  expect(readFileSync(join(rig.root, 'out', 'back\\x5cslash \\x61'), 'utf8')).toBe('two');
  expect(readFileSync(join(rig.root, 'out', 'new\nline'), 'utf8')).toBe('three');
  expect((await rig.run()).statistics).toMatchObject({ files: 3, new: 0, deleted: 0 });
});

describe.skipIf(lacks('modes'))('what the source protects', () => {
  const modeOf = (place: string) => lstatSync(place).mode & 0o777;

  test('is not open in the mirror, nor in increments', async () => {
    put('private/f', 'secret');
    put('open/d/f', 'shown');
    chmodSync(join(rig.source, 'private'), 0o700);
    chmodSync(rig.source, 0o700);
    await rig.run();
    put('private/f', 'another secret');
    rmSync(join(rig.source, 'open'), { recursive: true });
    await rig.run();
    expect(modeOf(join(rig.to, 'mirror'))).toBe(0o700);
    expect(modeOf(inMirror('private'))).toBe(0o700);
    for (const path of ['', 'track', 'track/private', 'deleted', 'deleted/open/d'])
      expect(modeOf(inIncrement(1, path)), path).toBe(0o700);
  });

  test('a mode of the root that changed is that of the mirror, without an increment', async () => {
    put('f', 'one');
    chmodSync(rig.source, 0o755);
    await rig.run();
    expect(modeOf(join(rig.to, 'mirror'))).toBe(0o755);
    chmodSync(rig.source, 0o500);
    expect((await rig.run()).increment).toBeUndefined();
    expect(modeOf(join(rig.to, 'mirror'))).toBe(0o700); // it is to be written again
    chmodSync(rig.source, 0o755);
  });
});

test.skipIf(lacks('modes'))('mode and time are kept, and come back as they were then', async () => {
  put('a', 'one');
  chmodSync(join(rig.source, 'a'), 0o640);
  utimesSync(join(rig.source, 'a'), 1_000_000_000.25, 1_000_000_000.25);
  const { time } = await rig.run();
  chmodSync(join(rig.source, 'a'), 0o755);
  await rig.run();
  expect(lstatSync(inMirror('a')).mode & 0o777).toBe(0o755);
  await back({ time });
  const { mode, mtimeMs } = lstatSync(join(rig.root, 'out/a'));
  expect({ mode: mode & 0o777, mtimeMs }).toEqual({ mode: 0o640, mtimeMs: 1_000_000_000_250 });
});

describe.skipIf(lacks('modes'))('directories of the target', () => {
  const T = 1_000_000_000;
  const out = (path: string) => join(rig.root, 'out', path);
  const modeOf = (path: string) => (lstatSync(out(path)).mode & 0o777).toString(8);

  beforeEach(async () => {
    put('a/b/c/f', 'one');
    put('a/b/x', 'one');
    put('a/other/f', 'one');
    chmodSync(join(rig.source, 'a/b'), 0o750);
    chmodSync(join(rig.source, 'a'), 0o755);
    utimesSync(join(rig.source, 'a'), T, T);
    await rig.run();
  });

  const restore = (overwrite: 'never' | 'if-different', ...paths: string[]) =>
    restoreFromMirror({ from: rig.to, at: { latest: true }, to: out(''), paths, overwrite });

  test.each(['a/b/c', '**/c', 'a/b/c/f'])(
    'above what was chosen (%s) they are as they were',
    async (path) => {
      expect(await restore('if-different', path)).toMatchObject({ files: 1, failed: [] });
      expect(treeOf(out(''))).toEqual({ a: '/', 'a/b': '/', 'a/b/c': '/', 'a/b/c/f': 'one' });
      expect([modeOf('a'), modeOf('a/b')]).toEqual(['755', '750']);
      expect(lstatSync(out('a')).mtimeMs).toBe(T * 1000);
    },
  );

  test('above it one that was there keeps its mode', async () => {
    mkdirSync(out('a'), { recursive: true });
    chmodSync(out('a'), 0o711);
    await restore('if-different', 'a/b/c');
    expect([modeOf('a'), modeOf('a/b')]).toEqual(['711', '750']);
  });

  test('where nothing is to be replaced, so does every one', async () => {
    mkdirSync(out('a'), { recursive: true });
    chmodSync(out('a'), 0o711);
    expect(await restore('never')).toMatchObject({ files: 3, failed: [] });
    expect([modeOf('a'), modeOf('a/b')]).toEqual(['711', '750']);
    await restore('if-different');
    expect(modeOf('a')).toBe('755');
  });
});

test('a state is chosen by its moment, not by its number; of one moment, the last', async () => {
  const texts = ['one', 'of noon', 'of the morning', 'the same morning'];
  const hours = [10, 12, 11, 11];
  for (const [i, text] of texts.entries()) {
    put('a', text);
    await rig.run();
    const name = incrementsIn(rig.to)[i] as string;
    const file = join(rig.to, name, `${name}.json`);
    const record = readFileSync(file, 'utf8').replace(
      /"time": ?"[^"]*"/,
      `"time":"2026-01-01T${hours[i]}:00:00.000Z"`,
    );
    writeFileSync(file, record);
  }
  const expectAt = async (at: { time: Date } | { latest: true }, text: string) => {
    await back(at);
    expect(treeOf(join(rig.root, 'out'))).toEqual({ a: text });
  };
  await expectAt({ time: new Date('2026-01-01T13:00:00Z') }, 'of noon');
  await expectAt({ time: new Date('2026-01-01T11:30:00Z') }, 'the same morning');
  await expectAt({ time: new Date('2026-01-01T10:30:00Z') }, 'one');
  await expectAt({ latest: true }, 'the same morning');
});

test('a record that was made to lead elsewhere leads nowhere', async () => {
  put('a', 'one');
  await rig.run();
  const [name = ''] = incrementsIn(rig.to);
  const file = join(rig.to, name, `${name}.json`);
  const text = readFileSync(file, 'utf8');
  for (const path of ['../a', '/a', 'd/../../a']) {
    writeFileSync(file, text.replace('"path":"a"', `"path":"${path}"`));
    await expect(back({ latest: true })).rejects.toMatchObject({ code: 'damaged' });
  }
  writeFileSync(file, text.replace('"tracked":true', '"tracked":true,"in":"../../elsewhere"'));
  await expect(back({ latest: true })).rejects.toMatchObject({ code: 'damaged' });
});
