import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadLinuxAddon } from '../../src/native/linux.ts';
import { isLocked, isShared, tryFileLock, tryLock, tryShare } from '../../src/repository/kernel-lock.ts';
import { lacks } from '../fixtures/platform.ts';

let directory: string;
const lock = () => join(directory, 'lock');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-lock-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A lock alone, as who writes takes it. */
async function alone() {
  const held = await tryLock(lock());
  if (!held || !(await isShared(lock()))) return held;
  await held.release();
  return undefined;
}

test('one has it alone, and whoever asks does not take it', async () => {
  expect(await isLocked(lock())).toBe(false);
  const held = await alone();
  expect(await isLocked(lock())).toBe(true);
  expect(await alone()).toBeUndefined();
  expect(await tryShare(lock())).toBeUndefined();
  await held?.release();
  expect(await isLocked(lock())).toBe(false);
  await (await alone())?.release();
});

test('many share it, and nobody has it alone meanwhile', async () => {
  const shares = [await tryShare(lock()), await tryShare(lock()), await tryShare(lock())];
  expect(shares).not.toContain(undefined);
  for (const share of shares) {
    expect(await alone()).toBeUndefined();
    await share?.release();
  }
  await (await alone())?.release();
});

test('of those who come at once never one has it alone while another shares it', async () => {
  for (let round = 0; round < 20; round++) {
    const [writers, readers] = await Promise.all([
      Promise.all([alone(), alone()]),
      Promise.all([tryShare(lock()), tryShare(lock())]),
    ]);
    const [writing, reading] = [writers, readers].map((all) => all.filter((one) => one !== undefined));
    expect(writing!.length).toBeLessThanOrEqual(reading!.length > 0 ? 0 : 1);
    for (const one of [...writing!, ...reading!]) await one.release();
  }
});

test.skipIf(lacks('symlinks'))('it is one, whatever way leads to its directory', async () => {
  symlinkSync(directory, join(directory, 'link'));
  const held = await tryFileLock(lock());
  expect(await tryFileLock(join(directory, 'link', 'lock'))).toBeUndefined();
  await held?.release();
});

test.skipIf(!loadLinuxAddon())(
  'one with a file is seen by whoever has the file, but not the name',
  async () => {
    const inContainer = openSync(lock(), 'w');
    expect(loadLinuxAddon()?.lockFile(inContainer)).toBe(true);
    expect(await tryFileLock(lock())).toBeUndefined();
    closeSync(inContainer);
    const held = await tryFileLock(lock());
    const later = openSync(lock(), 'r');
    expect(loadLinuxAddon()?.lockFile(later)).toBe(false);
    await held?.release();
    expect(loadLinuxAddon()?.lockFile(later)).toBe(true);
    closeSync(later);
  },
);

test.skipIf(process.platform !== 'linux')('on Linux it has no file', async () => {
  const held = await tryLock(lock());
  expect(readdirSync(directory)).toEqual([]);
  await held?.release();
});

test('a directory that is not there keeps nobody from reading', async () => {
  const share = await tryShare(join(directory, 'none', 'lock'));
  expect(share).toBeDefined();
  expect(existsSync(join(directory, 'none'))).toBe(false);
  await share?.release();
});
