import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logSkipped, type SkippedFile, skippedLog } from '../../src/cli/skipped-log.ts';

let state: string;
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-state-'));
});
afterEach(() => rm(state, { recursive: true, force: true }));

const skipped: SkippedFile = {
  time: new Date('2026-11-21T08:00:00Z'),
  job: 'documents',
  path: '/home/ann/mail.pst',
  reason: 'another program holds it',
  code: 'EBUSY',
  owners: [{ pid: 4312, program: 'OUTLOOK.EXE', commandLine: 'OUTLOOK.EXE /password hunter2' }],
  attempts: 4,
  tried: ['shared', 'retry', 'deferred'],
};
const named = (name: string): SkippedFile => ({ ...skipped, path: name });
const linesOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string });

test('a line for each file, with all that is known, without command lines', async () => {
  expect(await logSkipped(state, [skipped, named('b')])).toBeUndefined();
  expect(await logSkipped(state, [named('c')])).toBeUndefined();
  const lines = await linesOf(skippedLog(state));
  expect(lines.map((line) => line.path)).toEqual([skipped.path, 'b', 'c']);
  expect(lines[0]).toEqual({
    ...skipped,
    time: '2026-11-21T08:00:00.000Z',
    owners: [{ pid: 4312, program: 'OUTLOOK.EXE' }],
  });
});

test.skipIf(process.platform === 'win32')('only the user can read it', async () => {
  const directory = path.join(state, 'new');
  await logSkipped(directory, [skipped]);
  expect((await stat(skippedLog(directory))).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
});

test('it is rotated: five files of a mebibyte at most, the newest lines in the first', async () => {
  const long = 'x'.repeat(100_000);
  await writeFile(skippedLog(state), `${JSON.stringify({ path: 'oldest' })}\n`);
  for (let i = 0; i < 4; i++)
    await logSkipped(
      state,
      Array.from({ length: 20 }, (_, j) => named(`${long}${String(i * 20 + j).padStart(2, '0')}`)),
    );
  const names = (await readdir(state)).sort();
  expect(names).toEqual(['skipped.log', ...[1, 2, 3, 4].map((age) => `skipped.log.${age}`)]);
  const all: string[] = [];
  for (const name of names.toReversed()) {
    expect((await stat(path.join(state, name))).size).toBeLessThanOrEqual(1024 * 1024);
    all.push(...(await linesOf(path.join(state, name))).map((line) => line.path.slice(long.length)));
  }
  const written = Array.from({ length: 80 }, (_, i) => String(i).padStart(2, '0'));
  expect(all).toEqual(written.slice(-all.length));
  expect(all.length).toBeGreaterThan(40);
});

test('nothing skipped, nothing written', async () => {
  expect(await logSkipped(state, [])).toBeUndefined();
  expect(await readdir(state)).toEqual([]);
});

test('what goes wrong is a warning', async () => {
  const file = path.join(state, 'file');
  await writeFile(file, '');
  expect(await logSkipped(path.join(file, 'below'), [skipped])).toMatch(
    /skipped\.log could not be written: (ENOTDIR|EEXIST)/,
  );
});
