import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { overlay, overlayAll } from '../../src/model/overlay.ts';
import { comparePaths } from '../../src/model/path.ts';
import { compareCursors, type Run, RunCursor } from '../../src/model/run.ts';
import { anyBytes, path } from './arbitraries.ts';
import { mutated, mutation, reads } from './refusals.ts';
import { alive, key, laid, model, modelOf, runOf } from './run-models.ts';

describe('runs', () => {
  test('come back, in whatever batches', async () => {
    await fc.assert(
      fc.asyncProperty(model(true), fc.integer({ min: 1, max: 4 }), async (all, batch) => {
        expect(await modelOf(runOf(all, batch))).toEqual(all);
      }),
    );
  });

  test('come from Buffers, too, without sharing their memory', async () => {
    const batch = Buffer.from(Buffer.concat(runOf(new Map([['a', 'x']]))));
    const cursor = new RunCursor([batch], 'the test');
    await cursor.refill();
    const kept = cursor.path().slice();
    batch.fill(0);
    expect(key(kept)).toBe('a');
  });

  test('that are damaged are read or refused, and end', async () => {
    await fc.assert(
      fc.asyncProperty(model(true), mutation, async (all, how) => {
        const cursor = new RunCursor([mutated(Buffer.concat(runOf(all)), how)], 'the test');
        await cursor.refill().catch(refused);
        while (reads(() => cursor.advance(), new Uint8Array(0)) && cursor.end < cursor.batch.length);
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyBytes(100), async (some) => {
        await modelLess([some]).catch(refused);
      }),
    );
  });

  const refused = (error: unknown) => {
    expect(error).toMatchObject({ code: 'damaged' });
  };
  async function modelLess(run: Run): Promise<void> {
    const cursor = new RunCursor(run, 'the test');
    while (cursor.advance() || (await cursor.refill()));
  }

  test('tell what feeds them to stop', async () => {
    let isClosed = false;
    const feed = (function* () {
      try {
        yield runOf(new Map([['a', 'x']]))[1]!;
        yield new Uint8Array(0);
      } finally {
        isClosed = true;
      }
    })();
    const cursor = new RunCursor(feed, 'the test');
    await cursor.refill();
    await cursor.close();
    expect(isClosed).toBe(true);
  });

  test('compare as their paths do', async () => {
    await fc.assert(
      fc.asyncProperty(path, path, async (a, b) => {
        const [left, right] = [a, b].map(
          (name) => new RunCursor(runOf(new Map([[key(name), 'x']])), 'the test'),
        );
        await Promise.all([left!.refill(), right!.refill()]);
        expect(Math.sign(compareCursors(left!, right!))).toBe(Math.sign(comparePaths(a, b)));
      }),
    );
  });
});

describe('a newer run over an older one', () => {
  test('replaces and removes, as in a map', async () => {
    await fc.assert(
      fc.asyncProperty(model(false), model(true), fc.nat(7), async (older, newer, more) => {
        const over = overlay(runOf(older, 1 + more), runOf(newer, 2), false);
        expect(await modelOf(over)).toEqual(alive(laid(older, newer)));
      }),
    );
  });

  test('ends or refuses where the older one is damaged', async () => {
    await fc.assert(
      fc.asyncProperty(model(false), model(true), mutation, async (older, newer, how) => {
        const batches = [mutated(Buffer.concat(runOf(older)), how)];
        try {
          for await (const _ of overlay(batches, runOf(newer), false));
        } catch (error) {
          expect(error).toMatchObject({ code: 'damaged' });
        }
      }),
    );
  });

  test('keeps deletions between changes', async () => {
    await fc.assert(
      fc.asyncProperty(model(true), model(true), async (older, newer) => {
        expect(await modelOf(overlay(runOf(older), runOf(newer), true))).toEqual(laid(older, newer));
      }),
    );
  });

  test('gives the same when several are laid in pairs, or one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(model(false), fc.array(model(true), { maxLength: 5 }), async (state, changes) => {
        const all = overlayAll(changes.map((one) => runOf(one)));
        const expected = changes.reduce(laid, state);
        expect(await modelOf(overlay(runOf(state), all, false))).toEqual(alive(expected));
      }),
    );
  });
});
