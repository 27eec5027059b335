import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BmcloudEvent } from '../src/model/events.ts';
import { type PushOptions, type PushResult, push } from '../src/push.ts';
import type { Repository } from '../src/repository/repository.ts';
import { listSnapshots } from '../src/snapshots.ts';
import { verify } from '../src/verify.ts';
import { lacks } from './fixtures/platform.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';
import { expectSameTree, type Listing, listingOf } from './fixtures/trees.ts';
import { pushOptions, restoreTo } from './format/program.ts';

let made: TestRepository;
let repository: Repository;
let source: string;
/** A clock ten seconds fast: what tests write is older than two seconds when it is read, unless a test wants otherwise. */
const later = () => new Date(Date.now() + 10_000);

beforeEach(async () => {
  made = await makeRepository({ now: later });
  ({ repository, source } = made);
  mkdirSync(join(source, 'folder'));
  writeFileSync(join(source, 'folder', 'a.txt'), 'a');
  writeFileSync(join(source, 'folder', 'b.txt'), 'b'.repeat(1000));
  writeFileSync(join(source, 'c.txt'), 'c');
});
afterEach(async () => await made.cleanup());

async function run(options: Partial<PushOptions> = {}, on: Repository = repository): Promise<PushResult> {
  return await push(on, pushOptions({ sources: [source], ownDirectories: [made.location], ...options }));
}

let restores = 0;
/** The tree that a snapshot gives back. */
async function restored(snapshot: string | undefined): Promise<Listing> {
  const to = join(made.root, `restored-${restores++}`);
  await restoreTo(repository, snapshot as string, to);
  return listingOf(to);
}

const expectSame = async ({ snapshot }: PushResult) =>
  expectSameTree(await restored(snapshot), listingOf(source));

function bytesIn(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, { parentPath, name }) => sum + readFileSync(join(parentPath, name)).length, 0);
}

describe('what a push finds', () => {
  test('first, unchanged, changed, touched, deleted', async () => {
    const first = await run();
    expect(first.statistics).toMatchObject({
      files: 3,
      directories: 2,
      new: 5,
      bytes: 1002,
      bytesRead: 1002,
    });
    const second = await run();
    expect(second.statistics).toMatchObject({
      new: 0,
      changed: 0,
      deleted: 0,
      unchanged: 5,
      bytesRead: 0,
      bytesStored: 0,
    });
    writeFileSync(join(source, 'c.txt'), 'changed');
    chmodSync(join(source, 'folder', 'a.txt'), 0o600);
    rmSync(join(source, 'folder', 'b.txt'));
    writeFileSync(join(source, 'new.txt'), 'new');
    const third = await run();
    // Both directories changed their times. A change of mode changes ctime: the file is read again, and nothing is stored of it.
    expect(third.statistics).toMatchObject({ new: 1, changed: 4, deleted: 1, unchanged: 0, bytesRead: 11 });
    await expectSame(third);
    expect(third.number).toBe(3);
  });

  test('a push that finds nothing asks for one listing and the manifest it goes on from, and writes one object', async () => {
    await run();
    const again = await made.open();
    const opened = { ...again.counts.requests };
    const { requests } = await run({}, again);
    const asked = Object.entries(requests).map(([kind, count]) => [
      kind,
      count - opened[kind as keyof typeof opened],
    ]);
    expect(Object.fromEntries(asked.filter(([, count]) => count !== 0))).toEqual({ get: 1, list: 1, put: 1 });
  });

  test('every kind of entry comes back', async () => {
    writeFileSync(join(source, 'empty'), '');
    if (!lacks('symlinks')) {
      symlinkSync('folder/a.txt', join(source, 'link'));
      symlinkSync('nowhere', join(source, 'dangling'));
    }
    linkSync(join(source, 'c.txt'), join(source, 'folder', 'other name of c'));
    if (!lacks('byteNames'))
      writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff, 0x61])]), 'not UTF-8');
    const sparse = join(source, 'sparse');
    writeFileSync(sparse, 'begin');
    truncateSync(sparse, 5 * 1024 * 1024);
    appendFileSync(sparse, 'end');
    if (!lacks('fifos')) execFileSync('mkfifo', [join(source, 'fifo')]);
    utimesSync(join(source, 'folder'), 1000, 1000);
    const result = await run();
    const others = (lacks('symlinks') ? 0 : 2) + (lacks('fifos') ? 0 : 1);
    expect(result.statistics).toMatchObject({ files: lacks('byteNames') ? 6 : 7, others });
    await expectSame(result);
    // The hole costs nothing.
    expect(result.statistics.bytesStored).toBeLessThan(100_000);
  });

  test('a large file is read in stripes, and an edit of it stores little', async () => {
    const large = join(source, 'large');
    const block = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * i * 31 + (i >> 7)) & 0xff));
    for (let i = 0; i < 70; i++) {
      block.writeUInt32LE(i, 0);
      appendFileSync(large, block);
    }
    await expectSame(await run({ workers: 2 }));
    const bytes = readFileSync(large);
    bytes.write('edited', 33_000_000);
    writeFileSync(large, bytes);
    const edited = await run();
    expect(edited.statistics.bytesStored).toBeLessThan(600_000);
    await expectSame(edited);
  });

  test('a file whose times are those of its reading is read again', async () => {
    const now = await made.open({ now: () => new Date() });
    writeFileSync(join(source, 'c.txt'), 'just now');
    await run({}, now);
    const again = await run();
    expect(again.statistics).toMatchObject({ changed: 0, unchanged: 5, bytesRead: 8 + 1001 });
    expect((await run()).statistics.bytesRead).toBe(0);
  });
});

describe('sources', () => {
  test('a missing one among several stays as it was', async () => {
    const other = join(made.root, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'file'), 'kept');
    const options = { sources: [source, other], job: 'both' };
    await run(options);
    renameSync(other, `${other}-gone`);
    const result = await run(options);
    expect(result.missingSources).toEqual([other]);
    expect(result.statistics).toMatchObject({ deleted: 0, files: 4 });
    expect(await restored(result.snapshot)).toHaveProperty('other/file');
  });

  test('an empty or missing one that had files stops the push, unless that is meant', async () => {
    await run();
    rmSync(source, { recursive: true });
    await expect(run()).rejects.toMatchObject({ code: 'source-missing' });
    mkdirSync(source);
    await expect(run()).rejects.toMatchObject({ code: 'source-empty' });
    expect(await listSnapshots(repository)).toHaveLength(1);
    expect((await run({ allowEmpty: true })).statistics).toMatchObject({ files: 0, deleted: 4 });
  });

  test('one that has moved goes on as it was', async () => {
    await run();
    const moved = join(made.root, 'elsewhere', 'source');
    mkdirSync(join(made.root, 'elsewhere'));
    renameSync(source, moved);
    const result = await run({ sources: [moved], sourceMoved: { [source]: moved } });
    expect(result.statistics).toMatchObject({ new: 0, deleted: 0 });
    expect(await listSnapshots(repository)).toHaveLength(2);
    expect(new Set((await listSnapshots(repository)).map(({ job }) => job.id)).size).toBe(1);
  });

  test("the program's own directories are left out, and counted", async () => {
    const result = await run({
      sources: [made.root],
      job: 'home',
      ownDirectories: [made.location, ...Object.values(made.directories)],
    });
    expect(result.leftOut.own).toBe(4);
    const paths = Object.keys(await restored(result.snapshot));
    expect(paths.filter((path) => /^(repository|cache|state|config)/.test(path))).toEqual([]);
    expect(paths).toContain('source/c.txt');
  });

  test('a stream is a file', async () => {
    const stream = async function* () {
      for (let i = 0; i < 300; i++) yield Buffer.from(`${i} `.repeat(10_000));
    };
    const sources = { stdin: stream(), name: 'dump.sql' };
    const { statistics, snapshot } = await run({ sources });
    expect(statistics).toMatchObject({ files: 1, new: 1 });
    expect((await restored(snapshot))['dump.sql']).toMatchObject({ type: 'file', size: statistics.bytes });
    // Half a stream never becomes a snapshot.
    const half = async function* () {
      yield Buffer.from('half');
      throw new Error('the dump failed');
    };
    await expect(run({ sources: { stdin: half(), name: 'dump.sql' } })).rejects.toThrow('the dump failed');
    expect(await listSnapshots(repository)).toHaveLength(1);
  });
});

test('a stream with holes is cut as a file is: what the file stored is known', async () => {
  const bytes = Buffer.concat(
    [3_000_000, -5_000_000, 300_000, -1_000_000, 10].map((length) =>
      length > 0 ? repository.random(length) : new Uint8Array(-length),
    ),
  );
  writeFileSync(join(source, 'disk.img'), bytes);
  await run();
  const stream = async function* () {
    for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
  };
  const { statistics, snapshot } = await run({ sources: { stdin: stream(), name: 'disk.img' } });
  expect(statistics.bytesStored).toBeLessThan(20_000);
  const to = join(made.root, 'of the stream');
  await restoreTo(repository, snapshot as string, to);
  expect(readFileSync(join(to, 'disk.img')).equals(bytes)).toBe(true);
});

describe('files that change under a push', () => {
  /** Acts when the scan has been read and the files have not. */
  function whenScanned(act: () => void) {
    let acted = false;
    return made.open({
      onEvent: (event: BmcloudEvent) => {
        if (acted || event.type !== 'phase' || event.phase !== 'committing') return;
        acted = true;
        act();
      },
    });
  }

  /** Acts when the first file is about to be read, and the index is listed: the scan is over by then. */
  async function beforeReading(act: () => void) {
    const fresh = await made.open();
    const { store } = fresh;
    const list = store.list.bind(store);
    let acted = false;
    store.list = (prefix, options) => {
      if (!acted && prefix === 'index/') {
        acted = true;
        act();
      }
      return list(prefix, options);
    };
    return fresh;
  }

  test.skipIf(lacks('symlinks'))(
    'one that goes away is not there; one that becomes a link is skipped and stays as it was',
    async () => {
      await run();
      writeFileSync(join(source, 'c.txt'), 'changed');
      writeFileSync(join(source, 'gone'), 'soon');
      const fresh = await beforeReading(() => {
        rmSync(join(source, 'gone'), { force: true });
        rmSync(join(source, 'c.txt'), { force: true });
        symlinkSync('folder/a.txt', join(source, 'c.txt'));
      });
      const result = await run({}, fresh);
      expect(result.skipped).toMatchObject([{ path: 'source/c.txt', code: 'ELOOP' }]);
      const tree = await restored(result.snapshot);
      expect(tree).not.toHaveProperty('gone');
      expect(tree['c.txt']).toMatchObject({ type: 'file', size: 1 });
    },
  );

  test('one that was stored before and goes away stays as it was: it may only have been unmounted', async () => {
    await run();
    writeFileSync(join(source, 'c.txt'), 'changed');
    writeFileSync(join(source, 'folder', 'a.txt'), 'changed');
    const elsewhere = join(made.root, 'elsewhere');
    const fresh = await beforeReading(() => {
      rmSync(join(source, 'c.txt'));
      renameSync(join(source, 'folder'), elsewhere);
    });
    const result = await run({}, fresh);
    expect(result).toMatchObject({ wentAway: 2, statistics: { deleted: 0, changed: 0, skipped: 0 } });
    const tree = await restored(result.snapshot);
    for (const path of ['c.txt', 'folder/a.txt']) expect(tree[path]).toMatchObject({ size: 1 });
    renameSync(elsewhere, join(source, 'folder'));
    const next = await run();
    expect(next).toMatchObject({ wentAway: 0, statistics: { deleted: 1 } });
    await expectSame(next);
  });

  test('its other names have what they have now', async () => {
    writeFileSync(join(source, 'a'), 'old');
    for (const name of ['b', 'c']) linkSync(join(source, 'a'), join(source, name));
    await run();
    writeFileSync(join(source, 'a'), 'changed');
    const fresh = await beforeReading(() => rmSync(join(source, 'a')));
    const tree = await restored((await run({}, fresh)).snapshot);
    expect(tree.a).toMatchObject({ size: 3 });
    for (const name of ['b', 'c']) expect(tree[name]).toMatchObject({ size: 7 });
  });

  test('a file in the place of a directory that goes away leaves nothing', async () => {
    await run();
    rmSync(join(source, 'folder'), { recursive: true });
    writeFileSync(join(source, 'folder'), 'file');
    const fresh = await beforeReading(() => rmSync(join(source, 'folder')));
    expect(Object.keys(await restored((await run({}, fresh)).snapshot))).not.toContain('folder');
  });

  test('what comes after the scan is for the next push', async () => {
    const watched = await whenScanned(() => writeFileSync(join(source, 'late'), 'late'));
    expect((await run({}, watched)).statistics.files).toBe(3);
    expect((await run()).statistics).toMatchObject({ new: 1, files: 4 });
  });
});

describe('sources', () => {
  test.skipIf(lacks('symlinks'))('a link to a file is the file', async () => {
    const link = join(made.root, 'link');
    symlinkSync(join(source, 'c.txt'), link);
    const { snapshot } = await run({ sources: [link] });
    const to = join(made.root, 'to');
    await restoreTo(repository, snapshot!, to);
    expect(readFileSync(join(to, 'link'), 'utf8')).toBe('c');
  });

  test("what is the program's own alone is refused", async () => {
    await expect(run({ sources: [made.location] })).rejects.toMatchObject({ code: 'usage' });
    expect((await run({ sources: [made.location, source] })).leftOut.own).toBe(1);
  });
});

describe('options', () => {
  test('a dry run counts, and leaves nothing behind', async () => {
    await run();
    writeFileSync(join(source, 'new.txt'), 'new');
    const dry = await made.open({ dryRun: true });
    const before = [bytesIn(made.location), bytesIn(made.directories.state), bytesIn(made.directories.cache)];
    const result = await run({ dryRun: true }, dry);
    expect(result.snapshot).toBeUndefined();
    expect(result.statistics).toMatchObject({ new: 1, files: 4 });
    expect(bytesIn(made.location)).toBe(before[0]);
    expect(bytesIn(made.directories.state)).toBe(before[1]);
    expect((await run()).statistics).toMatchObject({ new: 1 });
  });

  test('a dry run through a repository that is open for more stores nothing, and the next push all of it', async () => {
    const before = bytesIn(made.location);
    expect((await run({ dryRun: true })).statistics).toMatchObject({ new: 5 });
    expect(bytesIn(made.location)).toBe(before);
    expect((await run()).statistics).toMatchObject({ new: 5 });
    expect((await verify(repository, { readData: true })).problems).toEqual([]);
  });

  test('a dry run of a job that is not there yet', async () => {
    const dry = await made.open({ dryRun: true });
    expect((await run({ dryRun: true, job: 'never' }, dry)).statistics.new).toBe(5);
    expect((await run({ job: 'never' })).number).toBe(1);
    expect(await listSnapshots(repository)).toHaveLength(1);
  });

  test('no snapshot when nothing changed, if that is wanted', async () => {
    await run();
    expect((await run({ skipUnchanged: true })).snapshot).toBeUndefined();
    writeFileSync(join(source, 'new.txt'), 'new');
    expect((await run({ skipUnchanged: true })).number).toBe(2);
  });

  test('tags are kept, and have bounds', async () => {
    await run({ tags: ['monthly', 'ä'] });
    expect((await listSnapshots(repository))[0]?.tags).toEqual(['monthly', 'ä']);
    await expect(run({ tags: [''] })).rejects.toMatchObject({ code: 'usage' });
    await expect(run({ tags: ['x'.repeat(257)] })).rejects.toMatchObject({ code: 'usage' });
  });

  test('partial snapshots are hidden, and the end is whole', async () => {
    for (let i = 0; i < 1200; i++) writeFileSync(join(source, 'folder', `many ${i}`), String(i));
    const result = await run({ partialEvery: 0 });
    const all = await listSnapshots(repository, { partial: true });
    expect(all.length).toBeGreaterThan(1);
    expect(all.slice(0, -1).every(({ kind }) => kind === 'partial')).toBe(true);
    expect(await listSnapshots(repository)).toHaveLength(1);
    await expectSame(result);
    rmSync(join(source, 'folder'), { recursive: true });
    await expectSame(await run({ partialEvery: 0 }));
    expect((await verify(repository, { readData: true })).problems).toEqual([]);
  });
});

test('what came before a partial snapshot of a first push is in its state, too', async () => {
  // Names so long that what the second half changes is stored as a list, as a state is. In many folders: Wine looks through the whole
  // of one to find a name.
  for (let i = 0; i < 3000; i++) {
    const folder = join(source, 'folder', String(i % 60));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${'long '.repeat(30)}${i}`), String(i));
  }
  let hasRead = false;
  const once = await made.open({
    now: () => new Date(later().getTime() + (hasRead ? 3_600_000 : 0)),
    onEvent: ({ type }: BmcloudEvent) => {
      hasRead ||= type === 'progress';
    },
  });
  const result = await run({}, once);
  const all = await listSnapshots(repository, { partial: true });
  expect(all.map(({ kind }) => kind)).toEqual(['partial', 'snapshot']);
  await expectSame(result);
});

describe('interrupted', () => {
  test('what was done is neither read nor stored again', async () => {
    for (let i = 0; i < 40; i++) writeFileSync(join(source, `noise ${i}`), noise(1024 * 1024, i + 1));
    const controller = new AbortController();
    const stopping = await made.open({
      onEvent: (event: BmcloudEvent) => {
        if (event.type === 'progress' && event.progress.transferred > 33 * 1024 * 1024) controller.abort();
      },
    });
    await expect(run({ signal: controller.signal }, stopping)).rejects.toMatchObject({ code: 'interrupted' });
    expect(await listSnapshots(repository)).toHaveLength(0);
    const stored = bytesIn(join(made.location, 'packs'));
    const result = await run();
    expect(result.partialResumed).toBe(true);
    expect(result.statistics.bytesRead).toBeLessThan(9 * 1024 * 1024);
    expect(stored + result.statistics.bytesStored).toBeLessThan(42 * 1024 * 1024);
    await expectSame(result);
  });

  test('what was written down already is kept, too', async () => {
    for (let i = 0; i < 60; i++) writeFileSync(join(source, `noise ${i}`), noise(300 * 1024, i + 1));
    const controller = new AbortController();
    const warnings: string[] = [];
    const stopping = await made.open({
      onEvent: (event: BmcloudEvent) => {
        if (event.type === 'warning') warnings.push(event.message);
        if (event.type === 'progress' && event.progress.files > 20) controller.abort();
      },
    });
    await expect(run({ signal: controller.signal }, stopping)).rejects.toMatchObject({ code: 'interrupted' });
    expect(warnings).toEqual([]);
    expect((await run()).statistics.bytesRead).toBeLessThan(45 * 300 * 1024);
  });

  function noise(length: number, seed: number): Buffer {
    const bytes = Buffer.alloc(length);
    let state = seed;
    for (let at = 0; at < length; at += 4) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9;
      bytes.writeInt32LE(state | 0, at);
    }
    return bytes;
  }
});

describe('other machines, and lost caches', () => {
  const elsewhere = (name: string) => ({
    cache: join(made.root, name, 'cache'),
    state: join(made.root, name, 'state'),
    config: join(made.root, name, 'config'),
  });

  test.skipIf(lacks('openDeletes'))(
    'a lost cache costs time: nothing is stored twice, nothing is lost',
    async () => {
      await run();
      rmSync(made.directories.cache, { recursive: true });
      const again = await run({}, await made.open());
      expect(again.statistics).toMatchObject({ new: 0, changed: 0, unchanged: 5, bytesStored: 0 });
      await expectSame(again);
    },
  );

  test.skipIf(lacks('openDeletes'))('damaged local files are made again', async () => {
    await run();
    for (const file of readdirSync(made.directories.cache, { recursive: true, encoding: 'utf8' })) {
      const path = join(made.directories.cache, file);
      if (/state-\d$|\.table$/.test(file)) writeFileSync(path, 'damaged');
    }
    writeFileSync(join(source, 'new.txt'), 'new');
    repository = await made.open();
    const result = await run();
    expect(result.statistics).toMatchObject({ new: 1, deleted: 0 });
    await expectSame(result);
  });

  test('two machines push one job at once: both succeed, one after the other', async () => {
    await run({ job: 'shared' });
    const other = await made.open({ directories: elsewhere('other') });
    await run({ job: 'shared', adoptJob: true }, other);
    for (let i = 0; i < 300; i++) writeFileSync(join(source, `new ${i}`), `${i}`.repeat(100));
    const results = await Promise.all([
      run({ job: 'shared' }),
      run({ job: 'shared', adoptJob: true }, other),
    ]);
    expect(new Set(results.map(({ number }) => number))).toEqual(new Set([3, 4]));
    for (const result of results) await expectSame(result);
    expect((await verify(repository, { readData: true })).problems).toEqual([]);
  });

  test('a second push of a job on this machine waits, and says for whom; or does not wait', async () => {
    await run();
    const events: BmcloudEvent[] = [];
    const other = await made.open({ onEvent: (event) => void events.push(event) });
    const results = await Promise.all([run(), run({}, other)]);
    expect(new Set(results.map(({ number }) => number))).toEqual(new Set([2, 3]));
    const [one, two] = await Promise.allSettled([run(), run({ waitForLock: false }, other)]);
    const refused = [one, two].filter((result) => result.status === 'rejected');
    expect(refused.length).toBeLessThanOrEqual(1);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'busy' });
  });
});

test('after many pushes a state is written, and every snapshot stays what it was', async () => {
  const snapshots: { snapshot: string | undefined; tree: Listing }[] = [];
  for (let i = 0; i < 67; i++) {
    if (i % 9 === 0) writeFileSync(join(source, `file ${i}`), String(i));
    if (i % 20 === 19) rmSync(join(source, `file ${i - 10 - ((i - 10) % 9)}`), { force: true });
    const { snapshot } = await run();
    if (i % 16 === 0 || i > 63) snapshots.push({ snapshot, tree: listingOf(source) });
  }
  for (const { snapshot, tree } of snapshots) expectSameTree(await restored(snapshot), tree);
  // A fresh machine reads few manifests: the newest state tells of those before it.
  const fresh = await made.open({ directories: { ...made.directories, cache: join(made.root, 'fresh') } });
  expect(await listSnapshots(fresh)).toHaveLength(67);
  expect(existsSync(join(made.root, 'fresh'))).toBe(true);
}, 120_000);
