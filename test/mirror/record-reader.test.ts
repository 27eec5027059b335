import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEntries, readHeader, readTrailer } from '../../src/mirror/record-reader.ts';
import { lacks } from '../fixtures/platform.ts';

const name = 'backup_20261121_090000';
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-record-'));
  file = join(directory, `${name}.json`);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A record of many pieces, of which a reader of the beginning leaves the rest. */
function writeRecord(): void {
  const header = { program: 'bmcloud mirror', format: 1, number: 1, time: '2026-11-21T09:00:00Z' };
  const facts = { ...header, sources: [], platform: 'posix' };
  const line = (n: number) =>
    `{"path":"${String(n).padStart(6, '0')}","operation":"new","type":"file","size":1,"mtime":"2026-11-21T08:00:00.000000000Z","ctime":"2026-11-21T08:00:00.000000000Z","mode":"644","tracked":true}`;
  const lines = Array.from({ length: 5000 }, (_, n) => line(n)).join(',\n');
  const begin = JSON.stringify(facts, undefined, 1).slice(0, -2);
  writeFileSync(file, `${begin},\n"files": [\n${lines}\n],\n"statistics": {}, "skipped": []}\n`);
}

const openFiles = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // that of this very look
    }
  });

test.skipIf(lacks('proc'))('a record is closed when it was read, to its end or not', async () => {
  writeRecord();
  expect(await readHeader({ name, file })).toMatchObject({ number: 1 });
  expect(openFiles()).toEqual([]);
  let entries = 0;
  for await (const batch of readEntries({ name, file })) entries += batch.length;
  expect(entries).toBe(5000);
  expect(openFiles()).toEqual([]);
  for await (const batch of readEntries({ name, file })) if (batch.length > 0) break;
  expect(openFiles()).toEqual([]);
  expect(await readTrailer({ name, file })).toMatchObject({ skipped: [] });
  expect(openFiles()).toEqual([]);
});

test('one that is missing, or cut short, is damaged', async () => {
  await expect(readHeader({ name, file })).rejects.toMatchObject({ code: 'damaged' });
  writeFileSync(file, '{\n "program": "bmcloud mirror",\n');
  await expect(readHeader({ name, file })).rejects.toMatchObject({ code: 'damaged' });
});
