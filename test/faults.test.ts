import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BmcloudError } from '../src/errors.ts';
import type { BmcloudEvent } from '../src/model/events.ts';
import { initRepository, openRepository } from '../src/repository/open.ts';
import type { Repository } from '../src/repository/repository.ts';
import { restore } from '../src/restore.ts';
import type { Secret } from '../src/seal/secret.ts';
import { listSnapshots } from '../src/snapshots.ts';
import { memoryStore } from '../src/store/memory.ts';
import { retryingStore } from '../src/store/retry.ts';
import type { Store } from '../src/store/store.ts';
import { verify } from '../src/verify.ts';
import { type Call, type FaultStore, faultStore, faults } from './fakes/fault-store.ts';
import { expectSameTree, listingOf } from './fixtures/trees.ts';
import { pushFrom, restoreTo } from './format/program.ts';

/*
 * Push and restore against a store that fails at every request they make, before and after its effect.
 */

const SECRET: Secret = { kind: 'generated', key: new Uint8Array(32).fill(7) };
const later = () => new Date(Date.now() + 10_000);

let root: string;
let source: string;
let memory: Store;
let faulty: FaultStore;
let events: BmcloudEvent[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'bmcloud-faults-'));
  source = join(root, 'source');
  makeTree();
  memory = memoryStore();
  faulty = faultStore(memory);
  events = [];
  const { repository } = await initRepository(openOptions(memory));
  await repository.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Enough entries for changes to lie in segments, and so in a pack of metadata. */
function makeTree(): void {
  for (let i = 0; i < 1500; i++) {
    const folder = join(source, `folder with a name ${i % 30}`);
    if (i < 30) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file with a rather long name ${i}`), `${i}`);
  }
  writeFileSync(
    join(source, 'large'),
    Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) & 0xff)),
  );
}

function openOptions(store: Store) {
  const directories = {
    cache: join(root, 'cache'),
    state: join(root, 'state'),
    config: join(root, 'config'),
  };
  const onEvent = (event: BmcloudEvent) => void events.push(event);
  return { location: 'memory', store, secret: async () => SECRET, directories, env: {}, now: later, onEvent };
}

async function opened<T>(store: Store, act: (repository: Repository) => Promise<T>): Promise<T> {
  const repository = await openRepository(openOptions(store));
  try {
    return await act(repository);
  } finally {
    await repository.close();
  }
}

const pushThrough = (store: Store) =>
  opened(store, (repository) => pushFrom(repository, { sources: [source] }));
const snapshots = () => opened(memory, listSnapshots);
const patient = (store: Store) => retryingStore(store, { sleep: async () => {} });

/** The next push over a store that works: everything is there, whole. */
async function expectRecovery(): Promise<void> {
  const { snapshot } = await pushThrough(memory);
  await opened(memory, async (repository) => {
    const to = mkdtempSync(join(root, 'restored-'));
    await restoreTo(repository, snapshot, to);
    expectSameTree(listingOf(to), listingOf(source));
    expect((await verify(repository, { readData: true })).problems).toEqual([]);
  });
}

/** The requests of a first push. */
const requests: [call: Call, key: RegExp][] = [
  ['get', /^format\.json$/],
  ['listNames', /^keys\/$/],
  ['listNames', /^manifests\/$/],
  ['putIfAbsent', /^manifests\//], // the registration
  ['list', /^manifests\//],
  ['list', /^owner\/condemn\/$/],
  ['list', /^index\/$/],
  ['putStream', /^packs\/data\//],
  ['putStream', /^packs\/meta\//],
  ['put', /^index\//],
];

describe('a first push whose request fails', () => {
  test.each(requests.map(([call, key]) => [`${call} ${key.source}`, call, key] as const))(
    'before its effect: %s',
    async (_, call, key) => {
      rmSync(join(root, 'cache'), { recursive: true, force: true });
      faulty.inject(call, { kind: 'fail', error: faults.denied() }, { key });
      await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'store-denied' });
      faulty.verifyAllFired();
      expect(await snapshots()).toEqual([]);
      await expectRecovery();
    },
  );

  test.each(
    requests
      .filter(([call]) => call.startsWith('put'))
      .map(([call, key]) => [`${call} ${key.source}`, call, key] as const),
  )('after its effect: %s', async (_, call, key) => {
    faulty.inject(call, { kind: 'lostAnswer', error: faults.denied() }, { key });
    await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'store-denied' });
    faulty.verifyAllFired();
    expect(await snapshots()).toEqual([]);
    await expectRecovery();
  });
});

/** A program that pushes for days, or several jobs, does so through one repository. */
describe('pushed again through the same repository', () => {
  test.each([
    ['putStream', /^packs\/data\//],
    ['putStream', /^packs\/meta\//],
    ['put', /^index\//],
    ['putIfAbsent', /^manifests\/.*8$/],
  ] as const)('after %s %s has failed, all is stored', async (call, key) => {
    const repository = await openRepository(openOptions(faulty));
    faulty.inject(call, { kind: 'fail', error: faults.denied() }, { key });
    await expect(pushFrom(repository, { sources: [source] })).rejects.toMatchObject({ code: 'store-denied' });
    faulty.verifyAllFired();
    await pushFrom(repository, { sources: [source] });
    await repository.close();
    await expectRecovery();
  });

  test('while another push stores the same, which then fails, all is stored', async () => {
    const sources = ['a', 'b'].map((name) => join(root, 'twins', name));
    for (const path of sources) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'file'), Buffer.alloc(300_000, 'the same in both '));
    }
    const repository = await openRepository(openOptions(faulty));
    const held = Promise.withResolvers<void>();
    faulty.inject('putStream', { kind: 'hold', until: held.promise }, { key: /^packs\/data\// });
    const failing = pushFrom(repository, { sources: [sources[0] as string] }).catch(
      (error: unknown) => error,
    );
    while (!faulty.calls.some((call) => call.startsWith('putStream packs/data'))) await sleep(5);
    await pushFrom(repository, { sources: [sources[1] as string] });
    held.reject(faults.denied());
    expect(await failing).toMatchObject({ code: 'store-denied' });
    await repository.close();
    await opened(memory, async (again) => {
      expect((await verify(again, { readData: true })).problems).toEqual([]);
    });
  });
});

test('an index object that could not be read once is read the next time', async () => {
  await pushThrough(memory);
  rmSync(join(root, 'cache'), { recursive: true });
  const damage = { kind: 'fail', error: new BmcloudError('damaged', 'torn on its way') } as const;
  faulty.inject('get', damage, { key: /^index\// });
  const before = await opened(faulty, (repository) => verify(repository, { readData: false }));
  expect(before.problems).not.toEqual([]);
  faulty.verifyAllFired();
  await opened(memory, async (repository) => {
    const [snapshot] = await listSnapshots(repository);
    const to = mkdtempSync(join(root, 'restored-'));
    await restoreTo(repository, snapshot?.id as string, to);
    expectSameTree(listingOf(to), listingOf(source));
  });
});

describe('the commit', () => {
  beforeEach(async () => {
    await pushThrough(memory);
    writeFileSync(join(source, 'large'), 'changed');
  });

  test('fails: no snapshot, and the next push has nothing to store again', async () => {
    faulty.inject('putIfAbsent', { kind: 'fail', error: faults.denied() }, { key: /^manifests\// });
    await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'store-denied' });
    faulty.verifyAllFired();
    expect(await snapshots()).toHaveLength(1);
    await expectRecovery();
    const [, second] = await snapshots();
    expect(second?.statistics).toMatchObject({ bytesRead: 0, bytesStored: 0 });
  });

  test('a time-out after success is not a second commit', async () => {
    faulty.inject('putIfAbsent', { kind: 'lostAnswer', error: faults.timeout() }, { key: /^manifests\// });
    const { number } = await pushThrough(patient(faulty));
    faulty.verifyAllFired();
    expect(number).toBe(2);
    expect((await snapshots()).map((snapshot) => snapshot.number)).toEqual([1, 2]);
    await expectRecovery();
  });

  test('a time-out after success that ends the push: the next one sees it', async () => {
    faulty.inject('putIfAbsent', { kind: 'lostAnswer', error: faults.denied() }, { key: /^manifests\// });
    await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'store-denied' });
    expect((await snapshots()).map((snapshot) => snapshot.number)).toEqual([1, 2]);
    await expectRecovery();
    expect((await snapshots()).at(-1)?.statistics).toMatchObject({ changed: 0, bytesRead: 0 });
  });

  test('is refused although nothing is there: it is tried again', async () => {
    faulty.inject('putIfAbsent', { kind: 'refuse' }, { key: /^manifests\// });
    expect(await pushThrough(faulty)).toMatchObject({ number: 2 });
    faulty.verifyAllFired();
    await expectRecovery();
  });

  test('is refused for ever: the push ends', async () => {
    faulty.inject('putIfAbsent', { kind: 'refuse' }, { key: /^manifests\//, times: 20 });
    await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'store-failed' });
    faulty.verifyAllFired();
  });

  test('another machine takes the number first: both snapshots are there', async () => {
    const other = {
      cache: join(root, 'other', 'cache'),
      state: join(root, 'other', 'state'),
      config: join(root, 'config'),
    };
    faulty.inject(
      'putIfAbsent',
      {
        kind: 'meanwhile',
        act: async () => {
          const there = await openRepository({ ...openOptions(memory), directories: other });
          await pushFrom(there, { sources: [source] });
        },
      },
      { key: /^manifests\// },
    );
    expect(await pushThrough(faulty)).toMatchObject({ number: 3 });
    faulty.verifyAllFired();
    expect((await snapshots()).map(({ number }) => number)).toEqual([1, 2, 3]);
    await expectRecovery();
  });

  test('a listing that hides the newest snapshot is a rollback, not a new beginning', async () => {
    await pushThrough(memory);
    faulty.inject(
      'list',
      { kind: 'staleListing', without: (key) => key.endsWith('7') },
      { key: /^manifests\// },
    );
    await expect(pushThrough(faulty)).rejects.toMatchObject({ code: 'rollback' });
    faulty.verifyAllFired();
    await expectRecovery();
  });
});

test('a store that asks to slow down, again and again', async () => {
  const slow = { kind: 'fail', error: faults.slowDown() } as const;
  faulty.inject('put', slow, { times: 5 });
  faulty.inject('list', slow, { times: 3 });
  faulty.inject('get', slow, { times: 3 });
  faulty.inject('putIfAbsent', slow, { times: 4 });
  await pushThrough(patient(faulty));
  faulty.verifyAllFired();
  await expectRecovery();
});

test('a store that goes down in the middle and stays down: one error, nothing half-written', async () => {
  for (const call of ['put', 'putIfAbsent', 'putStream', 'list', 'stat', 'get'] as const)
    faulty.inject(
      call,
      { kind: 'fail', error: faults.timeout() },
      { key: /^(packs|index|owner)/, times: 1000 },
    );
  await expect(pushThrough(patient(faulty))).rejects.toMatchObject({ code: 'store-unreachable' });
  expect(await snapshots()).toEqual([]);
  await expectRecovery();
});

describe('damage in the store', () => {
  async function spoil(prefix: string, at: number): Promise<void> {
    for await (const { key } of memory.list(prefix)) {
      const bytes = Buffer.from(await memory.get(key));
      const place = at < 0 ? bytes.length + at : at;
      bytes[place] = (bytes[place] as number) ^ 1;
      await memory.put(key, bytes);
    }
  }

  const restoreAll = (to: string) =>
    opened(memory, (repository) =>
      restore(repository, {
        at: { latest: true },
        paths: [],
        target: { to },
        overwrite: 'always',
        deleteExtra: false,
        dryRun: false,
        verify: false,
        confirm: async () => true,
        partial: false,
        ownership: false,
        workers: 0,
      }),
    );

  test('in a pack of data: its files are named, the others come back', async () => {
    await pushThrough(memory);
    const small = join(source, 'small and new');
    writeFileSync(small, 'whole');
    await spoil('packs/data/', 200);
    await pushThrough(memory);
    const to = join(root, 'to');
    const { failed } = await restoreAll(to);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ path }) => path.startsWith('source/'))).toBe(true);
    expect(readFileSync(join(to, 'small and new'), 'utf8')).toBe('whole');
  });

  test('in the index: it is told, and a push stores again what cannot be found', async () => {
    await pushThrough(memory);
    await spoil('index/', 200);
    rmSync(join(root, 'cache'), { recursive: true });
    await expect(restoreAll(join(root, 'to'))).rejects.toMatchObject({ code: 'damaged' });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'warning', message: expect.stringMatching(/^index\//) }),
    );
  });

  test('in a manifest: it is passed over and told, the others stay', async () => {
    await pushThrough(memory);
    const tree = listingOf(source);
    writeFileSync(join(source, 'large'), 'changed');
    const { number } = await pushThrough(memory);
    const key = `manifests/${(await snapshots())[0]?.job.id}/${10 ** 15 - 1 - number}`;
    await spoil(key, 300);
    expect((await snapshots()).map((snapshot) => snapshot.number)).toEqual([1]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'warning', message: expect.stringMatching(/2 is passed over/) }),
    );
    const to = join(root, 'to');
    await restoreAll(to);
    expectSameTree(listingOf(to), tree);
    rmSync(join(root, 'cache'), { recursive: true });
    expect(await pushThrough(memory)).toMatchObject({ number: 3 });
  });

  test('in format.json and in every first copy of a key slot: the spare ones serve', async () => {
    await pushThrough(memory);
    await spoil('format.json', 40);
    await spoil('keys/', 200);
    rmSync(join(root, 'cache'), { recursive: true });
    expect(await snapshots()).toHaveLength(1);
  });
});
