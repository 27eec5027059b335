import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHex } from '../src/model/ids.ts';
import { nowStamp } from '../src/model/time.ts';
import { chooseSnapshot, correctedStart, listSnapshots, selectSnapshot } from '../src/snapshots.ts';
import { pushTree, type TreePush } from './fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
});
afterEach(async () => await made.cleanup());

const hour = (value: number) => new Date(Date.UTC(2026, 0, 1, value));
const push = async (at: number, options: TreePush = {}) =>
  toHex(await pushTree(made.repository, [made.source], { time: hour(at), ...options }));
const chosen = async (at: Parameters<typeof chooseSnapshot>[1]['at'], more = {}) =>
  (await selectSnapshot(made.repository, { at, ...more })).fullId;

test('the newest at or before a time', async () => {
  const [first, second] = [await push(1), await push(3)];
  expect(await chosen({ time: hour(2) })).toBe(first);
  expect(await chosen({ time: hour(3) })).toBe(second);
  expect(await chosen({ latest: true })).toBe(second);
  expect(await chosen({ time: new Date(hour(3).getTime() - 500), through: hour(3) })).toBe(second);
  await expect(chosen({ time: hour(0) })).rejects.toMatchObject({ code: 'no-snapshot' });
});

test('by id, of which the beginning is enough', async () => {
  const [first] = [await push(1), await push(2)];
  expect(await chosen({ snapshot: first.slice(0, 12) })).toBe(first);
  await expect(chosen({ snapshot: 'ffffffffffff' })).rejects.toMatchObject({ code: 'no-snapshot' });
});

test('what an interrupted push saved is shown on request only', async () => {
  const whole = await push(1);
  const partial = await push(2, { kind: 'partial' });
  expect(await chosen({ latest: true })).toBe(whole);
  expect(await chosen({ latest: true }, { partial: true })).toBe(partial);
  expect((await listSnapshots(made.repository, { partial: true })).map(({ kind }) => kind)).toEqual([
    'snapshot',
    'partial',
  ]);
});

test('several jobs: the name, the beginning of the id or the paths decide', async () => {
  const other = join(made.root, 'other');
  await mkdir(other);
  const mine = await push(1, { job: 'mine' });
  const theirs = toHex(await pushTree(made.repository, [other], { time: hour(2), job: 'theirs' }));
  await expect(chosen({ latest: true })).rejects.toMatchObject({ code: 'no-job' });
  await expect(chosen({ latest: true }, { job: 'none' })).rejects.toMatchObject({ code: 'no-job' });
  expect(await chosen({ latest: true }, { job: 'mine' })).toBe(mine);
  const { job } = (await listSnapshots(made.repository)).at(-1)!;
  expect(await chosen({ latest: true }, { job: job.id.slice(0, 10) })).toBe(theirs);
  expect(await chosen({ latest: true }, { paths: [join(made.source, 'x')] })).toBe(mine);
  expect(await chosen({ latest: true }, { path: 'other/x' })).toBe(theirs);
});

test('an empty repository has no snapshots', async () => {
  expect(await listSnapshots(made.repository)).toEqual([]);
  await expect(chosen({ latest: true })).rejects.toMatchObject({ code: 'no-snapshot' });
});

test('lists by time, tag, host and number, the newest last', async () => {
  await writeFile(join(made.source, 'a'), 'a');
  const ids = [await push(1, { tags: ['x'] }), await push(2, { tags: ['x', 'y'] }), await push(3)];
  const listed = async (filter: Parameters<typeof listSnapshots>[1]) =>
    (await listSnapshots(made.repository, filter)).map(({ fullId }) => ids.indexOf(fullId));
  expect(await listed({})).toEqual([0, 1, 2]);
  expect(await listed({ tags: ['x'] })).toEqual([0, 1]);
  expect(await listed({ tags: ['x', 'y'] })).toEqual([1]);
  expect(await listed({ tags: ['x'], latest: 1 })).toEqual([1]);
  expect(await listed({ since: hour(2) })).toEqual([1, 2]);
  expect(await listed({ until: hour(2) })).toEqual([0, 1]);
  expect(await listed({ latest: 2 })).toEqual([1, 2]);
  expect(await listed({ host: 'another' })).toEqual([]);
});

test('where the clock of the machine was wrong, the store has the say', async () => {
  const header = await (async () => {
    await push(1);
    return (await chooseSnapshot(made.repository, { at: { latest: true } })).stored.manifest.header;
  })();
  const start = nowStamp(hour(1));
  expect(correctedStart({ ...header, start, storeStart: nowStamp(hour(5)) })).toEqual(hour(5));
  expect(correctedStart({ ...header, start, storeStart: { ...start, seconds: start.seconds + 3 } })).toEqual(
    hour(1),
  );
});
