import { expect, it } from 'vitest';
import type { Difference } from '../../src/diff/diff.ts';
import { encodeStat, type Stat } from '../../src/model/entry.ts';
import { Writer } from '../../src/model/wire.ts';
import type { Put } from '../../src/upload/outcomes.ts';
import type { Reading } from '../../src/upload/readings.ts';
import type { FileToRead, ReadResult } from '../../src/upload/tasks.ts';
import { Uploader, type UploaderOptions } from '../../src/upload/uploader.ts';

const time = { seconds: 1, nanos: 0 };
const plain: Stat = {
  type: 'file',
  size: 100,
  mtime: time,
  ctime: time,
  mode: 0o644,
  uid: 0,
  gid: 0,
  inode: 7n,
  device: 1n,
  links: 2,
};

function named(path: string, more: Partial<Stat> = {}): Difference {
  const stat = new Writer();
  encodeStat(stat, { ...plain, ...more });
  return { kind: 'new', path: Buffer.from(path), stat: stat.take() };
}

/** The files that are read for these names, and which reading each of them gets. @param results of the first readings */
async function readFor(
  names: Difference[],
  results: object[] = [],
): Promise<{ read: number; shared: number[] }> {
  const files: FileToRead[] = [];
  const shared: number[] = [];
  const read = (file: FileToRead): Reading => {
    const number = files.push(file) - 1;
    const result = { kind: 'read', number, ...results[number] } as unknown as ReadResult;
    return { asked: 0, result, done: Promise.resolve() };
  };
  const uploader = new Uploader({
    readings: { read, flush: () => {} },
    locate: (path: Uint8Array) => ({ path }),
    hints: { find: () => undefined },
    changes: { flush: () => {} },
    outcomes: {
      carryOver: () => {},
      read: (_: Put, result: ReadResult) => shared.push((result as unknown as { number: number }).number),
    },
    late: { defer: () => false },
    isUsuallyHeld: () => false,
    readsAttached: false,
    onFree: () => {},
    onDone: () => {},
  } as unknown as UploaderOptions);
  await uploader.take(names);
  await uploader.finish();
  return { read: files.length, shared };
}

it('a file with two names is read once', async () => {
  expect(await readFor([named('a'), named('b')])).toEqual({ read: 1, shared: [0, 0] });
});

it('unless it was another one when it was looked at under the second name: data and stat belong together', async () => {
  const grown = { size: 111, mtime: { seconds: 2, nanos: 0 } };
  expect(await readFor([named('a', grown), named('b')])).toEqual({ read: 2, shared: [0, 1] });
  const three = { links: 3 };
  const names = [named('a', three), named('b', { ...grown, ...three }), named('c', { ...grown, ...three })];
  expect(await readFor(names)).toEqual({ read: 2, shared: [0, 1, 1] });
});

it('nor is what became of one name that of the other: it may be gone, or another file by now', async () => {
  const names = [named('a'), named('b')];
  expect(await readFor(names, [{ stat: Buffer.from('of another file') }])).toEqual({
    read: 2,
    shared: [0, 1],
  });
  // What is gone is not told as read.
  expect(await readFor(names, [{ kind: 'failed', code: 'ENOENT' }])).toEqual({ read: 2, shared: [1] });
});
