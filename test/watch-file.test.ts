import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HealthFile, listWatches, openHealthFile } from '../src/watch-file.ts';
import { newHealth } from '../src/watch-health.ts';
import { lacks } from './fixtures/platform.ts';

let directory: string;
const opened: HealthFile[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bmcloud-watches-'));
});
afterEach(async () => {
  for (const file of opened.splice(0)) await file.close();
  await rm(directory, { recursive: true, force: true });
});

const jobs = (...names: string[]) => names.map((name) => ({ name, of: '/bmcloud.json' }));
const health = (...names: string[]) => newHealth(names, 1000, new Date());
const busy = (name: string) => ({
  code: 'busy',
  message: expect.stringContaining(`${name} is being watched`),
});

async function open(...names: string[]): Promise<HealthFile> {
  const file = await openHealthFile(directory, jobs(...names));
  opened.push(file);
  return file;
}

test('tells who asks, and whether it still runs', async () => {
  expect(await listWatches(directory)).toEqual([]);
  const file = await open('a');
  const said = health('a');
  await file.write(said);
  expect(await listWatches(directory)).toEqual([{ ...said, running: true }]);
  await opened.pop()?.close();
  expect(await listWatches(directory)).toEqual([{ ...said, running: false }]);
});

test.skipIf(lacks('modes'))('is for its user alone', async () => {
  await (await open('a')).write(health('a'));
  const [name] = (await readdir(directory)).filter((one) => one.endsWith('.json'));
  expect((await stat(join(directory, name!))).mode & 0o777).toBe(0o600);
});

test('a job has one watch, in whatever company it is; who is refused has claimed nothing', async () => {
  await open('a', 'b');
  await expect(open('a', 'b')).rejects.toMatchObject(busy('a'));
  await expect(open('c', 'b')).rejects.toMatchObject(busy('b'));
  await open('c');
  await openHealthFile(directory, [{ name: 'a', of: '/other.json' }]).then((file) => opened.push(file));
});

test('other jobs: those that are new are claimed, those that go are free, and one file tells of them', async () => {
  const file = await open('a', 'b');
  await file.write(health('a', 'b'));
  await file.follow(jobs('b', 'c'));
  await file.write(health('b', 'c'));
  expect(await listWatches(directory)).toMatchObject([
    { running: true, jobs: [{ name: 'b' }, { name: 'c' }] },
  ]);
  for (const name of ['b', 'c']) await expect(open(name)).rejects.toMatchObject(busy(name));
  await open('a');
});

test('jobs that somebody else watches leave everything as it was', async () => {
  const file = await open('a');
  await open('b');
  await expect(file.follow(jobs('c', 'b'))).rejects.toMatchObject(busy('b'));
  await expect(open('a')).rejects.toMatchObject(busy('a'));
  await open('c');
  await file.write(health('a'));
  expect(await listWatches(directory)).toMatchObject([{ running: true, jobs: [{ name: 'a' }] }]);
});

test('what an ended watch said of jobs that another one has now is gone; of others it stays', async () => {
  for (const names of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    const file = await openHealthFile(directory, jobs(...names));
    await file.write(health(...names));
    await file.close();
  }
  expect(await listWatches(directory)).toHaveLength(1);
  const file = await open('b', 'a');
  await file.write(health('b', 'a'));
  const known = await listWatches(directory);
  expect(known).toMatchObject([
    { running: true, jobs: [{ name: 'b' }, { name: 'a' }] },
    { running: false, jobs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
  ]);
});
