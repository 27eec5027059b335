import { expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import type { Leftover, Shadow, ShadowProvider, Volume } from '../../src/shadow/provider.ts';
import { refusal } from '../../src/shadow/refuse.ts';
import { Shadows } from '../../src/shadow/shadows.ts';

const bytes = (path: string): Uint8Array => Buffer.from(path);
const asText = (path: Uint8Array): string => Buffer.from(path).toString();

/** Volumes are the first letters of paths: those of `mine`. */
class MadeUp implements ShadowProvider {
  readonly name: ShadowProvider['name'];
  readonly mine: string;
  readonly opened: string[] = [];
  live = 0;
  /** Ids that cannot be frozen. */
  bad = '';
  /** Frozen along, unasked. */
  along: Volume[] = [];
  beforeOpen: () => Promise<void> = async () => {};
  left: Leftover[] = [];
  closeFails = false;

  constructor(name: ShadowProvider['name'], mine: string) {
    this.name = name;
    this.mine = mine;
  }

  async supports(path: Uint8Array): Promise<Volume | undefined> {
    const id = asText(path)[1] ?? '';
    if (id === '!') throw refusal('not elevated: this needs root');
    return this.mine.includes(id) ? { id, root: `/${id}`, inside: '/' } : undefined;
  }

  async open(volumes: readonly Volume[]): Promise<Shadow> {
    const ids = volumes.map(({ id }) => id).join('');
    this.opened.push(ids);
    await this.beforeOpen();
    if (volumes.some(({ id }) => this.bad.includes(id))) throw refusal(`${ids} cannot be frozen`);
    this.live++;
    return {
      volumes: [...volumes, ...this.along],
      warnings: ids === 'w' ? ['a writer did not answer'] : [],
      map: (path) => bytes(`/frozen-${ids}${asText(path)}`),
      close: async () => {
        if (this.closeFails) throw refusal('it is busy');
        this.live--;
      },
    };
  }

  async leftovers(): Promise<Leftover[]> {
    return this.left;
  }
}

function keeper(providers: ShadowProvider[], signal?: AbortSignal) {
  const warnings: string[] = [];
  const shadows = new Shadows(providers, {
    timeoutMs: 1000,
    signal,
    warn: (warning) => warnings.push(warning),
    paths: {
      realPath: async (path, followLast) => (followLast ? bytes(asText(path).replace('link', 'a')) : path),
      whyNone: async (path) => `${asText(path)} is on a plain disk`,
    },
  });
  const where = async (path: string): Promise<string> => {
    const found = await shadows.pathInShadow(bytes(path));
    return 'unavailable' in found ? `none: ${found.unavailable}` : `${found.provider} ${asText(found.path)}`;
  };
  return { shadows, where, warnings };
}

test('the first provider that takes a path freezes its volume, once', async () => {
  const [btrfs, lvm] = [new MadeUp('btrfs', 'ab'), new MadeUp('lvm', 'abc')];
  const { shadows, where } = keeper([btrfs, lvm]);
  const paths = ['/a/1', '/a/2', '/b/1', '/c/1', '/d/1'];
  expect(await Promise.all(paths.map(where))).toEqual([
    'btrfs /frozen-a/a/1',
    'btrfs /frozen-a/a/2',
    'btrfs /frozen-b/b/1',
    'lvm /frozen-c/c/1',
    'none: /d/1 is on a plain disk',
  ]);
  expect([btrfs.opened, lvm.opened]).toEqual([['a', 'b'], ['c']]);
  await shadows.close();
  expect(btrfs.live + lvm.live).toBe(0);
});

test('shadows are made one at a time', async () => {
  const provider = new MadeUp('vss', 'abc');
  let [underWay, most] = [0, 0];
  provider.beforeOpen = async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    underWay--;
  };
  const { shadows, where } = keeper([provider]);
  await Promise.all(['/a', '/b', '/c'].map(where));
  expect([provider.opened.length, most]).toEqual([3, 1]);
  await shadows.close();
});

test('a failure is remembered, with its reason', async () => {
  const provider = new MadeUp('zfs', 'ab');
  provider.bad = 'a';
  const { where } = keeper([provider]);
  expect([await where('/a/1'), await where('/a/2')]).toEqual(Array(2).fill('none: a cannot be frozen'));
  expect(provider.opened).toEqual(['a']);
  expect(await where('/!/x')).toBe('none: not elevated: this needs root');
});

test('volumes are frozen together ahead; a link stands for what it points to', async () => {
  const provider = new MadeUp('vss', 'abc');
  const { shadows, where } = keeper([provider]);
  await shadows.openFor(['/link/x', '/a', '/b', '/plain'].map(bytes));
  expect(provider.opened).toEqual(['ab']);
  expect(await where('/b/1')).toBe('vss /frozen-ab/b/1');
  await shadows.openFor(['/a', '/c'].map(bytes));
  expect(provider.opened).toEqual(['ab', 'c']);
  await shadows.close();
  expect(provider.live).toBe(0);
});

test('one that cannot be frozen does not cost the others their shadow', async () => {
  const provider = new MadeUp('vss', 'abc');
  provider.bad = 'b';
  const { shadows, where } = keeper([provider]);
  const early = where('/c/1');
  await shadows.openFor(['/a', '/b', '/c'].map(bytes));
  expect(await Promise.all([where('/a/1'), where('/b/1'), early])).toEqual([
    'vss /frozen-a/a/1',
    'none: b cannot be frozen',
    'vss /frozen-c/c/1',
  ]);
  await shadows.close();
  expect(provider.live).toBe(0);
});

test('what was frozen along is not frozen again', async () => {
  const provider = new MadeUp('vss', 'ab');
  provider.along = [{ id: 'b', root: '/b', inside: '/' }];
  const { shadows, where } = keeper([provider]);
  await where('/a/1');
  expect(await where('/b/1')).toBe('vss /frozen-a/b/1');
  await shadows.close();
  expect([provider.opened, provider.live]).toEqual([['a'], 0]);
});

test('warnings are passed on; close never throws', async () => {
  const provider = new MadeUp('vss', 'w');
  const { shadows, where, warnings } = keeper([provider]);
  await where('/w/1');
  provider.closeFails = true;
  await shadows.close();
  expect(warnings).toEqual(['a writer did not answer', 'A shadow stays behind: it is busy']);
});

test('a signal ends the waiting, and close takes back what was being made', async () => {
  const provider = new MadeUp('vss', 'abc');
  let finish = (): void => {};
  provider.beforeOpen = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const stop = new AbortController();
  const { shadows, where } = keeper([provider], stop.signal);
  const [first, second] = [where('/a/1'), where('/b/1')];
  await expect.poll(() => provider.opened).toEqual(['a']);
  stop.abort();
  await expect(second).rejects.toThrow('Interrupted');
  const closing = shadows.close();
  finish();
  await closing;
  expect(await first).toBe('vss /frozen-a/a/1');
  expect([provider.opened, provider.live]).toEqual([['a'], 0]);
});

test('an interrupted provider tells more than the signal', async () => {
  const provider = new MadeUp('lvm', 'a');
  const stop = new AbortController();
  provider.beforeOpen = async () => {
    stop.abort();
    throw new BmcloudError('interrupted', 'Interrupted; cleaning up failed too: it is busy');
  };
  const { where } = keeper([provider], stop.signal);
  await expect(where('/a/1')).rejects.toThrow('cleaning up failed too');
});

test('a fault of the program is not taken for a missing shadow', async () => {
  const provider = new MadeUp('lvm', 'a');
  provider.beforeOpen = async () => {
    throw new TypeError('x is not a function');
  };
  const { shadows, where } = keeper([provider]);
  await expect(where('/a/1')).rejects.toThrow('x is not a function');
  await shadows.close();
});

test('leftovers of all providers are removed; what stays is a warning', async () => {
  const [btrfs, zfs, lvm] = [new MadeUp('btrfs', ''), new MadeUp('zfs', ''), new MadeUp('lvm', '')];
  const leftover = (name: string, remove = async (): Promise<void> => {}) => ({
    name,
    made: new Date(0),
    remove,
  });
  const stuck = leftover('stuck', async () => {
    throw refusal('it is busy');
  });
  btrfs.left = [leftover('one'), stuck, leftover('two')];
  zfs.leftovers = async () => {
    throw refusal('no answer');
  };
  lvm.left = [leftover('three')];
  const { shadows, warnings } = keeper([btrfs, zfs, lvm]);
  expect(await shadows.removeLeftovers()).toEqual(['one', 'two', 'three']);
  expect(warnings).toEqual([
    'Shadows of killed runs (zfs) cannot be looked for: no answer',
    'The shadow stuck of a killed run stays behind: it is busy',
  ]);
});
