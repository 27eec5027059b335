import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScanBatch } from '../../src/scan/scan.ts';
import { scan, scanInline } from '../../src/scan/scan.ts';
import { walk } from '../../src/scan/walk.ts';
import { fakeDisk } from './fake-disk.ts';
import { collect, optionsFor, temporaryDirectory } from './scanned.ts';

function someTree(directories: number, files: number): string {
  const top = temporaryDirectory();
  for (let i = 0; i < directories; i++) {
    mkdirSync(`${top}/${i}`);
    for (let j = 0; j < files; j++) writeFileSync(`${top}/${i}/${j}`, '');
  }
  return top;
}

async function gather(batches: AsyncIterable<ScanBatch>): Promise<ScanBatch[]> {
  const all: ScanBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe('the scan in a thread', () => {
  afterEach(() => vi.restoreAllMocks());

  it('gives the same batches as inline', async () => {
    const options = optionsFor(someTree(20, 30), { batchBytes: 5000 });
    options.sources.push({ name: 'missing', path: Buffer.from('/nowhere/at/all') });
    const inline = [...scanInline(options)];
    const batches = await gather(scan(options));
    expect(batches).toHaveLength(inline.length);
    expect(batches.map(({ run }) => Buffer.from(run))).toEqual(inline.map(({ run }) => Buffer.from(run)));
    expect(collect(batches).problems).toHaveLength(1);
    for (const { run } of batches) expect(run.buffer.byteLength).toBe(run.length);
  });

  it('is only a few batches ahead of its consumer', async () => {
    const top = someTree(1, 300);
    const batches = scan(optionsFor(top, { batchBytes: 1 }));
    const got: ScanBatch[] = [(await batches.next()).value as ScanBatch];
    await new Promise((done) => setTimeout(done, 200));
    for (let j = 100; j < 300; j++) rmSync(`${top}/0/${j}`);
    for await (const batch of batches) got.push(batch);
    // In the order of bytes the files 10 and up to 19 bring theirs with them; what is left is 0 to 99 and what was seen by then,
    // of which 64 may have been looked at together.
    expect(collect(got).paths.length).toBeGreaterThanOrEqual(102);
    expect(collect(got).paths.length).toBeLessThanOrEqual(102 + 5 + 64);
  });

  it('ends its thread when the consumer has enough', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate');
    for await (const batch of scan(optionsFor(someTree(2, 50), { batchBytes: 1 }))) {
      expect(batch.run.length).toBeGreaterThan(0);
      break;
    }
    expect(terminate).toHaveBeenCalledOnce();
    await expect(terminate.mock.results[0]?.value).resolves.toBe(1);
  });

  it('fails when its thread dies', async () => {
    const options = optionsFor('/');
    options.sources = [{ name: 's', path: null as unknown as Uint8Array }];
    await expect(gather(scan(options))).rejects.toThrow();
  });

  it('refuses sources of one name', async () => {
    const options = optionsFor('/');
    options.sources.push(...options.sources);
    await expect(gather(scan(options))).rejects.toMatchObject({ code: 'internal' });
    expect(() => scanInline(options)).toThrow('same name');
  });
});

it('needs no more memory for more files', () => {
  const disk = fakeDisk({ a: {}, f: 1 });
  const directory = disk.stat('/a');
  const file = disk.stat('/f');
  const names = Array.from({ length: 1000 }, (_, i) => `name ${i}`);
  const large = {
    ...disk,
    names: () => [...names],
    lstat: (path: string | Buffer) => (path.toString().split(sep).length > 2 ? file : directory),
    stat: () => directory,
  };
  const owners = { users: new Map<number, string>(), groups: new Map<number, string>() };
  let peak = 0;
  let bytes = 0;
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  for (const { run } of walk(optionsFor('/'), large, owners)) {
    bytes += run.length;
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    peak = Math.max(peak, heapUsed + arrayBuffers - before);
  }
  expect(bytes).toBeGreaterThan(50e6);
  expect(peak).toBeLessThan(40e6);
  console.log(
    `1,001,000 entries, ${Math.round(bytes / 1e6)} MB of runs: at most ${Math.round(peak / 1e6)} MB held`,
  );
});
