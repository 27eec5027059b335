import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logFiles, openLog } from '../../src/schedule/log-file.ts';
import { readLog } from '../../src/schedule/log-reader.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bmcloud-log-'));
  file = path.join(directory, 'logs', 'docs.log');
});
afterEach(() => rm(directory, { recursive: true }));

const limits = { bytes: 100, files: 5 };
const line = (number: number) => `line ${String(number).padStart(4, '0')}\n`;

async function write(from: number, to: number): Promise<void> {
  const log = await openLog(file, limits);
  const writes = [];
  for (let number = from; number < to; number++) writes.push(log.write(line(number)));
  await Promise.all(writes);
  await log.close();
}

async function all(): Promise<string[]> {
  const texts = await Promise.all(logFiles(file).map((name) => readFile(name, 'utf8').catch(() => '')));
  return texts.join('').split(/(?<=\n)/);
}

describe('writing', () => {
  test('the last lines are kept, in order, in at most five files', async () => {
    await write(0, 1000);
    const lines = await all();
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, i) => line(1000 - lines.length + i)));
    expect(lines.length).toBeGreaterThan(40);
    const names = await readdir(path.dirname(file));
    expect(names.sort()).toEqual(['docs.log', 'docs.log.1', 'docs.log.2', 'docs.log.3', 'docs.log.4']);
    for (const name of names)
      expect((await stat(path.join(path.dirname(file), name))).size).toBeLessThanOrEqual(110);
  });

  test('another run goes on behind', async () => {
    await write(0, 5);
    await write(5, 8);
    expect(await all()).toEqual(Array.from({ length: 8 }, (_, i) => line(i)));
  });

  test('two at once do not write into each other’s lines', async () => {
    await Promise.all([write(0, 200), write(1000, 1200)]);
    for (const text of await all()) expect(text).toMatch(/^line \d{4}\n$/);
  });

  test('a log that another put aside meanwhile is not put aside twice', async () => {
    const [one, other] = [await openLog(file, limits), await openLog(file, limits)];
    for (let number = 0; number < 11; number++) await one.write(line(number));
    await other.write(line(11));
    await Promise.all([one.close(), other.close()]);
    expect(await readFile(file, 'utf8')).toBe(line(10) + line(11));
    expect((await readdir(path.dirname(file))).sort()).toEqual(['docs.log', 'docs.log.1']);
  });
});

describe('reading', () => {
  const read = async (lines: number) => Array.fromAsync(readLog(file, { lines, follow: false }));

  test('the last lines, from as many files as it takes', async () => {
    await write(0, 60);
    expect(await read(3)).toEqual(['line 0057', 'line 0058', 'line 0059']);
    expect(await read(25)).toHaveLength(25);
    expect(await read(0)).toEqual([]);
  });

  test('a log that was never written is empty', async () => {
    expect(await read(10)).toEqual([]);
  });

  test('following gives what is added, over a change of files, until it is stopped', async () => {
    await write(0, 2);
    const stop = new AbortController();
    let next = 2;
    const sleep = async () => {
      await write(next, next + 7);
      next += 7;
      if (next > 60) stop.abort();
    };
    const followed = await Array.fromAsync(
      readLog(file, { lines: 1, follow: true, signal: stop.signal, sleep }),
    );
    const expected = Array.from({ length: followed.length }, (_, i) => line(1 + i).trim());
    expect(followed.length).toBeGreaterThan(40);
    expect(followed).toEqual(expected);
  });
});
