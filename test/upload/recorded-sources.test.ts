import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { list } from '../../src/list.ts';
import { parseMoment } from '../../src/model/moment.ts';
import { type PushOptions, push } from '../../src/push.ts';
import { status } from '../../src/status.ts';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
});
afterEach(() => made.cleanup());

const at = (path: string) => join(made.source, path);
const options = (sources: string[], more: Partial<PushOptions> = {}) =>
  pushOptions({ sources, cwd: made.source, job: 'J', ...more });

function source(path: string, file: string): void {
  mkdirSync(at(path), { recursive: true });
  writeFileSync(join(at(path), file), file);
}

/** @returns paths of files in the snapshot, and what was missing */
async function pushed(sources: string[], more: Partial<PushOptions> = {}) {
  const { snapshot = '', missingSources } = await push(made.repository, options(sources, more));
  const files: string[] = [];
  for await (const { path, type } of list(made.repository, {
    at: parseMoment(snapshot, new Date()),
    recursive: true,
  }))
    if (type === 'file') files.push(path);
  return { files: files.sort(), missing: missingSources.length };
}

test('a source that is added takes the name of no other, least of all of one that is away', async () => {
  source('a/x', 'fa');
  source('b/x', 'fb');
  source('c/x', 'fc');
  expect(await pushed(['b/x', 'c/x'])).toEqual({ files: ['x-2/fc', 'x/fb'], missing: 0 });
  renameSync(at('c/x'), at('c/away'));
  expect(await pushed(['a/x', 'b/x', 'c/x'])).toEqual({ files: ['x-2/fc', 'x-3/fa', 'x/fb'], missing: 1 });
});

test('a source that moved keeps its name, and the others theirs', async () => {
  source('a/x', 'fa');
  source('b/x', 'fb');
  await pushed(['a/x', 'b/x']);
  renameSync(at('a'), at('z'));
  renameSync(at('b/x'), at('b/away'));
  const sourceMoved = { [at('a/x')]: at('z/x') };
  const kept = { files: ['x-2/fb', 'x/fa'], missing: 1 };
  expect(await pushed(['z/x', 'b/x'], { sourceMoved })).toEqual(kept);
  expect(await pushed(['z/x', 'b/x'], { sourceMoved })).toEqual(kept);
});

test('the only one of two that is still named is the one it was', async () => {
  source('1/x', 'one');
  source('2/x', 'two');
  await pushed(['1/x', '2/x']);
  expect(await pushed(['2/x'])).toEqual({ files: ['x-2/two'], missing: 0 });
  expect(await status(made.repository, options(['2/x']) as Parameters<typeof status>[1])).toMatchObject({
    new: 0,
    deleted: 0,
  });
});

test('what a glob meant and is away is missing, not deleted', async () => {
  source('g/A/x', 'fa');
  source('g/B/x', 'fb');
  const both = { files: ['x-2/fb', 'x/fa'] };
  expect(await pushed(['g/*/x'])).toEqual({ ...both, missing: 0 });
  renameSync(at('g/A'), at('away'));
  expect(await pushed(['g/*/x'])).toEqual({ ...both, missing: 1 });
  renameSync(at('away'), at('g/A'));
  expect(await pushed(['g/*/x'])).toEqual({ ...both, missing: 0 });
  rmSync(at('g/A'), { recursive: true });
  expect(await pushed(['g/*/x'], { allowEmpty: true })).toEqual({ files: ['x-2/fb'], missing: 0 });
});

test.skipIf(lacks('symlinks'))(
  'one in another that was a source beside and is away is missing, not deleted',
  async () => {
    source('out', 'fd');
    source('a', 'fa');
    symlinkSync(at('out'), at('a/disk'));
    const both = ['a/fa', 'disk/fd'];
    expect(await pushed(['a', 'a/disk'])).toEqual({ files: both, missing: 0 });
    rmSync(at('a/disk'));
    expect(await pushed(['a', 'a/disk'])).toEqual({ files: both, missing: 1 });
    mkdirSync(at('a/disk'));
    await expect(pushed(['a', 'a/disk'])).rejects.toMatchObject({ code: 'source-empty' });
    expect(await pushed(['a', 'a/disk'], { allowEmpty: true })).toEqual({ files: ['a/fa'], missing: 0 });
    expect(await pushed(['a', 'a/disk'])).toEqual({ files: ['a/fa'], missing: 0 });
  },
);

test('one that is spelled like a glob and is away is not what the glob finds', async () => {
  source('d[1]/x', 'fa');
  source('d1/x', 'fb');
  expect(await pushed(['d[1]/x'])).toEqual({ files: ['x/fa'], missing: 0 });
  renameSync(at('d[1]'), at('away'));
  expect(await pushed(['d[1]/x'])).toEqual({ files: ['x-2/fb', 'x/fa'], missing: 1 });
});
