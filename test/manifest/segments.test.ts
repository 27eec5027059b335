import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Segment, segments } from '../../src/manifest/segments.ts';
import { entriesOf, writeEntry } from '../../src/model/entry.ts';
import { comparePaths } from '../../src/model/path.ts';
import { RunWriter } from '../../src/model/run.ts';
import { concat } from '../../src/pack/table.ts';

const gear = Uint32Array.from(
  { length: 256 },
  (_, i) => Math.imul(i + 1, 0x9e37_79b1) ^ Math.imul(i + 7, 0x85eb_ca77),
);

/** Entries of about 130 bytes. */
function runOf(names: string[], batch = 1000): Uint8Array[] {
  const sorted = names.map((name) => Buffer.from(name)).sort(comparePaths);
  const batches: Uint8Array[] = [];
  for (let i = 0; i < sorted.length; i += batch) {
    const out = new RunWriter();
    for (const name of sorted.slice(i, i + batch))
      writeEntry(out.writer, name, Buffer.from(name), new Uint8Array(100));
    batches.push(out.take());
  }
  return batches;
}

async function cut(run: Uint8Array[]): Promise<Segment[]> {
  const found: Segment[] = [];
  for await (const segment of segments(run, gear)) found.push(segment);
  return found;
}

const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `dir/${(i + from) % 97}/file ${i + from}`);
const asText = ({ bytes }: Segment) => Buffer.from(bytes).toString('latin1');

describe('segments', () => {
  test('are the run, cut between entries, each with its first path', async () => {
    const run = runOf(names(20_000));
    const found = await cut(run);
    expect(found.length).toBeGreaterThan(5);
    expect(Buffer.compare(concat(found.map(({ bytes }) => bytes)), concat(run))).toBe(0);
    for (const { bytes, firstPath } of found) {
      expect(bytes.length).toBeLessThanOrEqual(1024 * 1024);
      expect([...entriesOf(bytes)][0]!.path).toEqual(firstPath);
    }
    for (const { bytes } of found.slice(0, -1)) expect(bytes.length).toBeGreaterThanOrEqual(64 * 1024);
  });

  test('do not depend on how the run came in batches', async () => {
    const all = names(5000);
    expect(await cut(runOf(all, 7))).toEqual(await cut(runOf(all, 5000)));
  });

  test('of a run that was edited here and there are the same elsewhere', async () => {
    const all = names(30_000);
    const before = new Set((await cut(runOf(all))).map(asText));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(29_999),
        fc.integer({ min: 0, max: 20 }),
        fc.nat(20),
        async (at, removed, added) => {
          const edited = all.toSpliced(at, removed, ...names(added, 100_000 + at));
          const after = await cut(runOf(edited));
          const changed = after.filter((segment) => !before.has(asText(segment)));
          // Each directory that an edit falls into may change its segment and, by a cut that moved, the one after it.
          const touched = new Set(
            [...all.slice(at, at + removed), ...names(added, 100_000 + at)].map((name) => name.split('/')[1]),
          );
          expect(changed.length).toBeLessThanOrEqual(3 * touched.size);
          expect(changed.length).toBeLessThan(Math.max(after.length, 3 * touched.size + 1));
        },
      ),
      { numRuns: 15 },
    );
  });

  test('end before they exceed a mebibyte, where no path says so', async () => {
    const never = new Uint32Array(256).fill(1);
    const found: Segment[] = [];
    for await (const segment of segments(runOf(names(20_000)), never)) found.push(segment);
    expect(Math.max(...found.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(1024 * 1024);
    expect(found.length).toBe(Math.ceil(concat(runOf(names(20_000))).length / (1024 * 1024 - 300)));
  });

  test('an entry beyond a mebibyte is one of its own', async () => {
    const out = new RunWriter();
    for (const name of ['a', 'b', 'c'])
      writeEntry(
        out.writer,
        Buffer.from(name),
        Buffer.from(name),
        new Uint8Array(name === 'b' ? 2_000_000 : 10),
      );
    const found = await cut([out.take()]);
    expect(found.map(({ firstPath }) => Buffer.from(firstPath).toString())).toEqual(['a', 'b', 'c']);
  });

  test('of nothing are none', async () => {
    expect(await cut([])).toEqual([]);
    expect(await cut([new Uint8Array(0)])).toEqual([]);
  });
});
