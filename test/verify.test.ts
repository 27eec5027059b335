import { access, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BmcloudEvent } from '../src/model/events.ts';
import type { OpenOptions } from '../src/repository/open.ts';
import { verify } from '../src/verify.ts';
import { pushCrafted } from './download/craft.ts';
import { pushTree } from './fixtures/push-tree.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';
import { pushFrom, SMALL_CHUNKS } from './format/program.ts';

let made: TestRepository;

beforeEach(async () => {
  made = await makeRepository();
  for (const name of ['a', 'b', 'c']) {
    await writeFile(join(made.source, name), made.repository.random(100_000));
    await pushTree(made.repository, [made.source], { state: name === 'b' });
  }
});
afterEach(async () => await made.cleanup());

const first = async (prefix: string) => {
  for await (const { key } of made.repository.store.list(prefix))
    return { key, path: join(made.location, key) };
  throw new Error(`nothing below ${prefix}`);
};
const check = async (readData: boolean | { percent: number } = false) =>
  await verify(await made.open(), { readData });

test('a sound repository has no problems', async () => {
  const result = await check(true);
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ snapshots: 3, packs: 4, chunks: 7 });
  expect(result.bytesRead).toBeGreaterThan(300_000);
});

test('a missing pack names the files that need it', async () => {
  const { key, path } = await first('packs/data/');
  await rm(path);
  const { problems } = await check();
  const problem = problems.find(({ where }) => where === key);
  expect(problem?.what).toContain('missing');
  expect(problem?.affects.join()).toMatch(/source\/[abc] in snapshot/);
});

test('a truncated pack has the wrong size', async () => {
  const { key, path } = await first('packs/data/');
  await truncate(path, 5000);
  expect((await check()).problems[0]).toMatchObject({
    where: key,
    what: expect.stringContaining('5000 bytes'),
  });
});

test('a flipped byte in a pack shows when data is read', async () => {
  const { key, path } = await first('packs/data/');
  await flip(path, 500);
  expect((await check()).problems).toEqual([]);
  const { problems } = await check(true);
  expect(problems.map(({ where }) => where)).toContain(key);
  expect(problems.flatMap(({ affects }) => affects).join()).toMatch(/source\/[abc] in snapshot/);
});

test('a truncated index leaves chunks that nothing names', async () => {
  const { key, path } = await first('index/');
  await truncate(path, 300);
  const { problems } = await check();
  expect(problems.map(({ where }) => where)).toContain(key);
  expect(problems.some(({ what, affects }) => what.includes('in no index') && affects.length > 0)).toBe(true);
});

test('a damaged manifest, and those that build on it', async () => {
  const job = (await first('manifests/')).key.split('/')[1];
  const path = join(made.location, 'manifests', job!, String(999_999_999_999_999 - 1));
  await flip(path, 200);
  const { problems } = await check();
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]?.where).toContain('manifests/');
});

describe('manifests that are missing', () => {
  const numbered = async (number: number) => {
    const job = (await first('manifests/')).key.split('/')[1];
    return `manifests/${job}/${999_999_999_999_999 - number}`;
  };
  const missing = async (options: Partial<OpenOptions> = {}) => {
    const { problems } = await verify(await made.open(options), { readData: false });
    return problems
      .filter(({ what }) => what.includes('missing'))
      .map(({ where, what }) => ({ where, what }));
  };

  const otherMachine = () => {
    const here = (name: string) => join(made.root, 'other', name);
    return { cache: here('cache'), state: here('state'), config: here('config') };
  };

  test('between others', async () => {
    await rm(join(made.location, await numbered(1)));
    expect(await missing()).toContainEqual({ where: await numbered(1), what: 'manifest 1 is missing' });
    await rm(join(made.location, await numbered(2)));
    expect(await missing({ directories: otherMachine() })).toContainEqual({
      where: await numbered(1),
      what: 'manifests 1 to 2 are missing',
    });
  });

  test('the newest are known to the machine that committed them', async () => {
    await rm(join(made.location, await numbered(3)));
    await rm(join(made.location, await numbered(2)));
    expect(await missing()).toEqual([
      {
        where: await numbered(2),
        what: expect.stringContaining('manifests 2 to 3 are missing: pushes from this'),
      },
    ]);
    expect(await missing({ directories: otherMachine() })).toEqual([]);
    expect(await missing({ acceptRollback: true })).toEqual([]);
  });

  test('of a whole job', async () => {
    const where = await numbered(0);
    await rm(join(made.location, 'manifests'), { recursive: true });
    expect(await missing()).toEqual([
      { where, what: expect.stringContaining('manifests 0 to 3 are missing') },
    ]);
  });
});

test('data of another length than their file has', async () => {
  await pushCrafted(made.repository, [
    { path: 'source', stat: { type: 'directory' } },
    { path: 'source/short', stat: { size: 5 } },
  ]);
  expect((await check()).problems).toMatchObject([
    { what: expect.stringContaining('another length'), affects: [expect.stringContaining('source/short')] },
  ]);
});

test('a list of chunks that cannot be read hides nothing of what comes after it', async () => {
  const other = await makeRepository({ chunk: SMALL_CHUNKS });
  try {
    const { repository, source, location } = other;
    await writeFile(join(source, 'a'), repository.random(9_000_000));
    await writeFile(join(source, 'b'), repository.random(9000));
    await pushFrom(repository, { sources: [source] });
    for await (const { key } of repository.store.list('packs/data/')) await rm(join(location, key));
    for await (const { key } of repository.store.list('packs/meta/')) await flip(join(location, key), 500);
    const { problems } = await verify(await other.open(), { readData: false });
    const affected = problems.flatMap(({ affects }) => affects);
    expect(affected).toContainEqual(expect.stringContaining('source/a in'));
    expect(affected).toContainEqual(expect.stringContaining('source/b in'));
  } finally {
    await other.cleanup();
  }
});

test('a lost spare copy of the format', async () => {
  await rm(join(made.location, 'spare/format.json'));
  expect((await check()).problems).toMatchObject([{ where: 'spare/format.json' }]);
});

test('a share of the data is another one each time', async () => {
  let bytes = 0;
  for (let run = 0; run < 4; run++) bytes += (await check({ percent: 1 })).bytesRead;
  expect(bytes).toBe((await check(true)).bytesRead);
});

test('a share that was not read to its end is read the next time', async () => {
  const stop = new AbortController();
  const onEvent = (event: BmcloudEvent) => {
    if (event.type === 'progress') stop.abort();
  };
  const readData = { percent: 60 };
  const stopped = verify(await made.open(), { readData, onEvent, signal: stop.signal });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  await expect(access(made.repository.statePath('verify.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  await check(readData);
  await access(made.repository.statePath('verify.json'));
});

test('what a check that was killed left in the cache goes with a later one', async () => {
  const old = made.repository.cachePath('verify-0123');
  const young = made.repository.cachePath('verify-4567');
  for (const path of [old, young]) await mkdir(path, { recursive: true });
  await utimes(old, 1_600_000_000, 1_600_000_000);
  await check();
  const left = await readdir(made.repository.cachePath());
  expect(left.filter((name) => name.startsWith('verify-'))).toEqual(['verify-4567']);
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 1;
  await rm(path);
  await writeFile(path, bytes);
}
