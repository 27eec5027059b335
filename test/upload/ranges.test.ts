import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutSizes, cutEnd, defaultSizes, partSizes } from '../../src/chunk/cut.ts';
import type { SourceFile } from '../../src/read/shared.ts';
import type { Verdict } from '../../src/repository/known-chunks.ts';
import { ChunkWriter } from '../../src/upload/chunk-writer.ts';
import { storeRange, windowBytes } from '../../src/upload/ranges.ts';
import { type LanePort, type Question, question } from '../../src/upload/tasks.ts';
import { seededBytes } from '../chunk/seeded.ts';
import { owner } from '../seal/known.ts';

const WINDOW = windowBytes(defaultSizes);

/** Chunks of an edited file that are not known are stored in parts. */
const allNew = async ({ flags }: Question): Promise<Verdict[]> =>
  Array.from(flags, (flag) => (flag & question.refinable ? 'refine' : 'store'));

/** All chunks are said to be known, unless the test says otherwise. */
function newWriter(sizes: CutSizes, port: Partial<LanePort> = {}): ChunkWriter {
  const settings = { write: owner.write, sizes, level: 1, packBytes: 1e9, readSize: WINDOW };
  return new ChunkWriter(settings, {
    ask: async ({ flags }) => Array.from(flags, (): Verdict => 'known'),
    packBegins: () => {},
    piece: async () => {},
    packEnds: () => {},
    refined: () => {},
    ...port,
  });
}

function sourceOf(bytes: Uint8Array): SourceFile {
  return {
    stats: () => {
      throw new Error('nobody asks');
    },
    read: (target, position) => {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      return piece.length;
    },
    close: () => {},
  };
}

async function storedLengths(bytes: Uint8Array, sizes: CutSizes, edited: boolean): Promise<number[]> {
  const range = { start: 0, end: Number.POSITIVE_INFINITY, edited };
  const window = Buffer.alloc(windowBytes(sizes));
  const stored = await storeRange(sourceOf(bytes), range, newWriter(sizes), window);
  if ('failed' in stored) throw new Error(stored.failed.message);
  expect(stored.bytes).toBe(bytes.length);
  return stored.items.map(({ length }) => length);
}

function cutLengths(bytes: Uint8Array, sizes: CutSizes): number[] {
  const { gear } = newWriter(sizes);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += lengths.at(-1) as number)
    lengths.push(cutEnd(bytes, at, bytes.length, gear, sizes) - at);
  return lengths;
}

describe.each([{ edited: false }, { edited: true }])('a range of a file, edited: $edited', ({ edited }) => {
  test.each([0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW + 12_345])(
    'of %i bytes is cut as if it were in memory',
    async (length) => {
      const bytes = seededBytes(length, length);
      for (const sizes of [defaultSizes, { min: 4096, average: 16_384, max: 65_536 }])
        expect(await storedLengths(bytes, sizes, edited)).toEqual(cutLengths(bytes, sizes));
    },
  );

  test('has chunks as long as a repository may have them', async () => {
    const sizes = { min: 1024 * 1024, average: 4 * 1024 * 1024, max: 8 * 1024 * 1024 };
    const bytes = seededBytes(20_000_000, 5);
    expect(await storedLengths(bytes, sizes, edited)).toEqual(cutLengths(bytes, sizes));
    const dull = new Uint8Array(20_000_000).fill(1);
    expect(await storedLengths(dull, sizes, edited)).toEqual([
      sizes.max,
      sizes.max,
      20_000_000 - 2 * sizes.max,
    ]);
  });

  test('that offers no cuts has chunks of the greatest length', async () => {
    const dull = new Uint8Array(2 * WINDOW + 5).fill(1);
    const { max } = defaultSizes;
    expect(await storedLengths(dull, defaultSizes, edited)).toEqual([max, max, max, max, 5]);
  });
});

describe('a file with holes', () => {
  const sizes: CutSizes = { min: 1024, average: 4096, max: 16_384 };
  const isHole = (bytes: Uint8Array, at: number) =>
    at % sizes.min === 0 &&
    at + sizes.min <= bytes.length &&
    bytes.subarray(at, at + sizes.min).every((byte) => byte === 0);

  /** As the format tells it, with all of the file at hand. */
  function expectedItems(bytes: Uint8Array): { length: number; hole: boolean }[] {
    const { gear } = newWriter(sizes);
    const items: { length: number; hole: boolean }[] = [];
    for (let at = 0; at < bytes.length; at += (items.at(-1) as { length: number }).length) {
      let end = at;
      while (end - at < sizes.max && isHole(bytes, end)) end += sizes.min;
      if (end === at) {
        while (end < bytes.length && !isHole(bytes, end)) end++;
        end = cutEnd(bytes, at, end, gear, sizes);
      }
      items.push({ length: end - at, hole: bytes.subarray(at, end).every((byte) => byte === 0) });
    }
    return items;
  }

  /** How a hole is divided depends on what was at hand: nothing is told by it. */
  function withWholeHoles(items: { length: number; hole: boolean }[]): typeof items {
    const whole: typeof items = [];
    for (const { length, hole } of items) {
      const last = whole.at(-1);
      if (hole && last?.hole) last.length += length;
      else whole.push({ length, hole });
    }
    return whole;
  }

  const runs = fc.array(
    fc.record({ zeros: fc.boolean(), length: fc.oneof(fc.nat(3000), fc.nat(40_000)), aligned: fc.boolean() }),
    { minLength: 1, maxLength: 12 },
  );

  test.each([{ edited: false }, { edited: true }])(
    'is cut at its holes, whatever is at hand, edited: $edited',
    async ({ edited }) => {
      await fc.assert(
        fc.asyncProperty(runs, fc.nat(30_000), async (layout, more) => {
          const bytes = Buffer.concat(
            layout.map(({ zeros, length, aligned }, i) => {
              const whole = aligned ? Math.ceil(length / sizes.min) * sizes.min : length;
              return zeros ? new Uint8Array(whole) : seededBytes(whole, i);
            }),
          );
          const window = Buffer.alloc(32 + sizes.max + sizes.min + more);
          const range = { start: 0, end: Number.POSITIVE_INFINITY, edited };
          const stored = await storeRange(sourceOf(bytes), range, newWriter(sizes), window);
          if ('failed' in stored) throw new Error(stored.failed.message);
          const items = stored.items.map(({ length, id }) => ({ length, hole: id === undefined }));
          expect(withWholeHoles(items)).toEqual(withWholeHoles(expectedItems(bytes)));
        }),
        { numRuns: 200 },
      );
    },
  );
});

test('ranges that are stored at once have all of their bytes, in parts', async () => {
  const writer = newWriter(defaultSizes, { ask: allNew });
  const files = [1, 2, 3, 4].map((byte) => new Uint8Array(2 * WINDOW).fill(byte));
  const stored = await Promise.all(
    files.map((bytes) => {
      const range = { start: 0, end: bytes.length, edited: true };
      return storeRange(sourceOf(bytes), range, writer, Buffer.alloc(WINDOW));
    }),
  );
  const part = partSizes(defaultSizes).max;
  const expected = Array.from({ length: (2 * WINDOW) / part }, () => part);
  for (const one of stored) {
    if ('failed' in one) throw new Error(one.failed.message);
    expect(one.items.map(({ length }) => length)).toEqual(expected);
  }
});

test('of a file with an edit, the parts of chunks near it are told, and of no others', async () => {
  const told: string[] = [];
  const lengths: number[] = [];
  let questions = 0;
  const writer = newWriter(defaultSizes, {
    ask: async ({ flags }) =>
      Array.from(flags, (_, i): Verdict => (questions++ === 0 && i === 0 ? 'refine' : 'known')),
    refined: (whole, _, partLengths) => {
      told.push(Buffer.from(whole).toString('hex'));
      lengths.push(partLengths.reduce((sum, length) => sum + length, 0));
    },
  });
  const bytes = seededBytes(4 * WINDOW, 8);
  const range = { start: 0, end: bytes.length, edited: true };
  await storeRange(sourceOf(bytes), range, writer, Buffer.alloc(WINDOW));
  const [first = 0, ...others] = cutLengths(bytes, defaultSizes);
  expect(new Set(told).size).toBe(told.length);
  // The edited one was stored in parts; the next ones tell theirs.
  expect(lengths[0]).toBe(0);
  expect(lengths.slice(1)).toEqual(others.slice(0, lengths.length - 1));
  const toldBytes = lengths.reduce((sum, length) => sum + length, first);
  expect(toldBytes).toBeGreaterThan(WINDOW / 2);
  expect(toldBytes).toBeLessThanOrEqual(WINDOW);
});
