import { execFile } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localStore } from '../../src/store/local.ts';
import { localError } from '../../src/store/local-errors.ts';
import { draft, nameDraftIfAbsent, writePieces } from '../../src/store/local-write.ts';
import type { Store } from '../../src/store/store.ts';
import { bytesOf, keys, readText, storeContract, stream, text } from '../contract/store.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';

let parent: string;
let made = 0;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bmcloud-local-'));
});
afterAll(() => rm(parent, { recursive: true }));

const freshDirectory = () => join(parent, `repository-${made++}`);

storeContract('the directory store', () => localStore(freshDirectory()));

describe('the directory store', () => {
  let root: string;
  let store: Store;
  beforeEach(() => {
    root = freshDirectory();
    store = localStore(root);
  });
  afterEach(() => store.close());

  test('reading makes no directory', async () => {
    expect(await keys(store, '')).toEqual([]);
    expect(await store.sweep()).toBe(0);
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.skipIf(lacks('modes'))('keeps others out', async () => {
    await store.put('keys/one', text('secret'));
    expect((await lstat(root)).mode & 0o777).toBe(0o700);
    expect((await lstat(join(root, 'keys'))).mode & 0o777).toBe(0o700);
    expect((await lstat(join(root, 'keys/one'))).mode & 0o777).toBe(0o600);
  });

  test('leaves no temporary files, whatever became of the write', async () => {
    await store.put('a', text('1'));
    await store.putIfAbsent('a', text('2'));
    await store.putIfAbsent('b', text('3'));
    await store.putStream('c', stream([text('4')]));
    await expect(store.putStream('d', stream([text('5')], new Error('broken')))).rejects.toThrow('broken');
    await mkdir(join(root, 'e'));
    await expect(store.put('e', text('6'))).rejects.toMatchObject({
      code: isWindows ? 'store-denied' : 'store-failed',
    });
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  test('a process that is killed while it writes leaves nothing under the name', async () => {
    const module = new URL('../../src/store/local.ts', import.meta.url).href;
    const program = `
      const { localStore } = await import(${JSON.stringify(module)});
      async function* pieces() {
        yield new Uint8Array(100_000);
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => setTimeout(() => {}, 60_000));
      }
      await localStore(${JSON.stringify(root)}).putStream('packs/x', pieces());`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    await expect(run).rejects.toMatchObject(isWindows ? { code: 1 } : { signal: 'SIGKILL' });
    expect(await keys(store, '')).toEqual([]);
    expect(await readdir(join(root, 'tmp'))).toHaveLength(1);
  });

  test('sweeps temporary files older than a day', async () => {
    await store.put('a', text('x'));
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    for (const hours of [0, 23, 25, 1000]) {
      const path = join(root, 'tmp', `left-${hours}`);
      await writeFile(path, 'x');
      await utimes(path, ago(hours), ago(hours));
    }
    expect(await store.sweep()).toBe(2);
    expect((await readdir(join(root, 'tmp'))).sort()).toEqual(['left-0', 'left-23']);
    expect(await keys(store, '')).toEqual(['a']);
  });

  test('without hard links, one of many racing writers still wins', async () => {
    for (const code of ['EPERM', 'ENOTSUP', 'EXDEV']) {
      const target = join(root, 'manifests', code);
      const noLink = () => Promise.reject(Object.assign(new Error(code), { code }));
      const write = async (number: number) => {
        const written = await draft(root, (file) => file.writeFile(`writer ${number}`));
        return nameDraftIfAbsent(written, target, noLink);
      };
      const outcomes = await Promise.all([0, 1, 2, 3, 4].map(write));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(await readFile(target, 'utf8')).toBe(`writer ${outcomes.indexOf('stored')}`);
    }
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
  });

  test('a link that was made although the answer says it exists is ours', async () => {
    const { link } = await import('node:fs/promises');
    const linkTwice = async (from: string, to: string) => {
      await link(from, to);
      await link(from, to);
    };
    await mkdir(root);
    const written = await draft(root, (file) => file.writeFile('mine'));
    expect(await nameDraftIfAbsent(written, join(root, 'm'), linkTwice as typeof link)).toBe('stored');
  });

  test.skipIf(lacks('symlinks'))('follows links to packs that were moved to another disk', async () => {
    await store.put('packs/data/00/p', bytesOf(100, 1));
    const elsewhere = freshDirectory();
    await rename(join(root, 'packs'), elsewhere);
    await symlink(elsewhere, join(root, 'packs'));
    expect(await keys(store, 'packs/')).toEqual(['packs/data/00/p']);
    expect(await store.get('packs/data/00/p')).toHaveLength(100);
  });

  test('lists no files of others', async () => {
    await store.put('a/b', text('x'));
    await writeFile(join(root, 'a', 'Thumbs db'), 'x');
    await mkdir(join(root, 'lost+found'));
    await symlink(join(root, 'nowhere'), join(root, 'a', 'dangling'));
    expect(await keys(store, '')).toEqual(['a/b']);
  });

  test('reads no folder that cannot hold a wanted key', async () => {
    for (const key of ['a/1', 'b/1', 'c/1']) await store.put(key, text('x'));
    await chmod(join(root, 'c'), 0); // reading it would fail, unless the tests run as root
    const found: string[] = [];
    for await (const { key } of store.list('', { limit: 2 })) found.push(key);
    for await (const { key } of store.list('b/')) found.push(key);
    expect(found).toEqual(['a/1', 'b/1', 'b/1']);
    await chmod(join(root, 'c'), 0o700);
  });

  test('sees what another process replaced and deleted', async () => {
    await store.put('format.json', text('one'));
    expect(await store.get('format.json', { start: 0, end: 3 })).toEqual(text('one'));
    await store.put('format.json', text('two'));
    expect(await store.get('format.json', { start: 0, end: 3 })).toEqual(text('two'));
    if (lacks('openDeletes')) return;
    await localStore(root).delete('format.json');
    await expect(store.get('format.json')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('reads ranges of more files than it keeps open, at once', async () => {
    const names = Array.from({ length: 60 }, (_, number) => `packs/${number}`);
    await Promise.all(names.map((key, number) => store.put(key, bytesOf(1000, number))));
    const reads = [...names, ...names, ...names].map((key) => store.get(key, { start: 10, end: 20 }));
    for (const [at, found] of (await Promise.all(reads)).entries()) {
      expect(found).toEqual(bytesOf(1000, at % 60).slice(10, 20));
    }
    await store.close();
    expect(await store.get('packs/1', { start: 0, end: 1 })).toHaveLength(1);
    await store.close();
  });

  test('tells the time of the file system', async () => {
    expect(store.clock()).toBeUndefined();
    await store.put('a', text('x'));
    const { store: there, local } = store.clock()!;
    expect(Math.abs(there.getTime() - local.getTime())).toBeLessThan(5000);
  });

  test.each([
    ['ENOSPC', 'disk-full', false],
    ['EDQUOT', 'disk-full', false],
    ['EACCES', 'store-denied', false],
    ['EPERM', 'store-denied', false],
    ['EROFS', 'store-denied', false],
    ['ESTALE', 'store-unreachable', true],
    ['EIO', 'store-failed', false],
    ['EMFILE', 'store-failed', true],
  ] as const)('%s is %s', (system, code, transient) => {
    const cause = Object.assign(new Error(`${system}: as the system says, write`), { code: system });
    const error = localError(cause, '/mnt/nas', 'packs/x');
    expect(error).toMatchObject({ code, transient, cause, data: { key: 'packs/x' } });
    expect(error.message).toMatch(/^The repository in \/mnt\/nas .*as the system says/);
  });

  test('a full disk is told apart from a source that broke', async () => {
    await store.put('a', text('x'));
    const full = Object.assign(new Error('ENOSPC: the source, not the store'), { code: 'ENOSPC' });
    await expect(store.putStream('b', stream([text('x')], full))).rejects.toBe(full);
    expect(await readText(store, 'a')).toBe('x');
  });
});

// /dev/full refuses every write as a full disk does.
test.runIf(process.platform === 'linux')('a disk that is full is disk-full', async () => {
  const { open } = await import('node:fs/promises');
  const file = await open('/dev/full', 'w');
  const failure: unknown = await file.writeFile('x').catch((error: unknown) => error);
  await file.close();
  expect(localError(failure, '/repository', 'a')).toMatchObject({ code: 'disk-full' });
});

describe('a long stream', () => {
  const MIB = 1024 * 1024;
  const pieces = (count: number) => stream(Array.from({ length: count }, () => new Uint8Array(MIB)));

  test('goes on while the disk works, which has one flush at a time', async () => {
    let underWay = 0;
    let written = 0;
    let end = () => {};
    const flushes: number[] = [];
    await writePieces(
      {
        writeFile: async () => {
          written++;
          if (written === 30) end();
        },
        datasync: () =>
          new Promise((resolve) => {
            expect(++underWay).toBe(1);
            flushes.push(written);
            end = () => {
              underWay--;
              resolve();
            };
            if (flushes.length > 1) end();
          }),
      },
      pieces(40),
    );
    expect(flushes[0]).toBeLessThan(12);
    expect(flushes[1]).toBeGreaterThanOrEqual(30);
    expect(underWay).toBe(0);
  });

  test('that the disk did not take fails, although the disk tells only once', async () => {
    let failures = 0;
    const file = {
      writeFile: async () => {},
      datasync: async () => {
        if (failures++ === 0) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      },
    };
    await expect(writePieces(file, pieces(60))).rejects.toMatchObject({ code: 'EIO' });
    expect(failures).toBe(1);
  });
});
