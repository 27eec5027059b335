import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { push } from '../../src/push.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushFrom, pushOptions, restoreTo } from '../format/program.ts';

test('a program that pushes for days keeps few files of the index open', async () => {
  const made = await makeRepository();
  const { repository, source, directories } = made;
  const options = pushOptions({ sources: [source], workers: 0 });
  try {
    const most: number[] = [];
    for (let i = 0; i < 40; i++) {
      writeFileSync(join(source, 'file'), `text ${i}`);
      expect((await push(repository, options)).statistics.changed + Number(i === 0)).toBeGreaterThan(0);
      most.push((await repository.known()).fileCount);
    }
    expect(Math.max(...most)).toBeLessThan(30);
    const tables = readdirSync(directories.cache, { recursive: true }).filter((name) =>
      String(name).endsWith('.table'),
    );
    expect(tables.length).toBeLessThan(30);
    // What the merged files hold is still known: nothing is stored twice.
    writeFileSync(join(source, 'again'), 'text 3');
    const { bytesStored } = (await push(repository, options)).statistics;
    writeFileSync(join(source, 'new'), 'never seen');
    expect(bytesStored).toBeLessThan((await push(repository, options)).statistics.bytesStored);
  } finally {
    await made.cleanup();
  }
}, 180_000);

test('a program that could not read the index reads it with its next push', async () => {
  const made = await makeRepository();
  const { repository, source } = made;
  const options = { sources: [source], job: 'one' };
  try {
    writeFileSync(join(source, 'file'), 'text');
    const list = repository.store.list.bind(repository.store);
    repository.store.list = (prefix) => {
      if (prefix === 'index/') throw new BmcloudError('store-failed', 'the store is away');
      return list(prefix);
    };
    await expect(pushFrom(repository, options)).rejects.toMatchObject({ code: 'store-failed' });
    repository.store.list = list;
    expect((await pushFrom(repository, options)).number).toBe(1);
  } finally {
    await made.cleanup();
  }
});

describe('pushes at once of one program', () => {
  let made: TestRepository;
  /** What is stored waits until it is let go: index objects, and packs that come after `packsAtOnce`. */
  let index: Gate;
  let laterPacks: Gate;
  let packsAtOnce: number;
  let packs: number;

  beforeEach(async () => {
    made = await makeRepository();
    const { store } = made.repository;
    const [put, putStream] = [store.put.bind(store), store.putStream.bind(store)];
    [index, laterPacks, packs] = [gate(), gate(), 0];
    store.put = async (key, bytes) => {
      if (key.startsWith('index/')) await index.opened;
      await put(key, bytes);
    };
    store.putStream = async (key, pieces) => {
      await putStream(key, pieces);
      if (++packs > packsAtOnce) await laterPacks.opened;
    };
  });
  afterEach(() => made.cleanup());

  async function pushed(name: string, bytes: Buffer) {
    const source = join(made.root, name);
    mkdirSync(source);
    writeFileSync(join(source, 'file'), bytes);
    return { name, bytes, ...(await pushFrom(made.repository, { sources: [source], job: name })) };
  }

  async function stored(count: number): Promise<void> {
    while (packs < count) await setTimeout(10);
    await setTimeout(100);
  }

  /** As another machine sees them, which knows what the index says. */
  async function expectRestored(pushes: Awaited<ReturnType<typeof pushed>>[]): Promise<void> {
    const cache = join(made.root, 'another cache');
    const other = await made.open({ directories: { ...made.directories, cache } });
    for (const { name, bytes, snapshot } of pushes) {
      const to = join(made.root, `${name} again`);
      await restoreTo(other, snapshot, to);
      expect(readFileSync(join(to, 'file')).equals(bytes)).toBe(true);
    }
  }

  const ofTwoPacks = randomBytes(40 * 1024 * 1024);

  test('each makes known all that it stored', async () => {
    packsAtOnce = 3;
    const small = ['one', 'two'].map((name) => pushed(name, Buffer.from(`what ${name} has`)));
    await stored(2);
    const large = pushed('three', ofTwoPacks);
    await stored(3);
    index.open();
    await Promise.all(small);
    laterPacks.open();
    await expectRestored(await Promise.all([...small, large]));
  });

  test('also when one of them finds what is kept of the index damaged', async () => {
    packsAtOnce = 1;
    index.open();
    const large = pushed('one', ofTwoPacks);
    await stored(1);
    await made.repository.forgetIndex();
    laterPacks.open();
    await expectRestored([await large]);
  });
});

type Gate = ReturnType<typeof gate>;

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
