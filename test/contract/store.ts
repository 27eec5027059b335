import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store, StoredObject } from '../../src/store/store.ts';
import { isWindows } from '../fixtures/platform.ts';

export interface ContractOptions {
  /** False where nobody decides between two racing writers. */
  conditionalWrites?: boolean;
  /** How often a property is tried: fewer where requests are slow. */
  runs?: number;
}

/** What every store must do, wrapped or not. `open` gives an empty one each time. */
export function storeContract(
  name: string,
  open: () => Promise<Store> | Store,
  { conditionalWrites = true, runs = 25 }: ContractOptions = {},
): void {
  describe(`${name} keeps the contract of a store`, () => {
    const opened: Store[] = [];
    let store: Store;
    beforeEach(async () => {
      store = await open();
      opened.push(store);
    });
    afterAll(async () => {
      for (const each of opened) await each.close();
    });

    test('gives back what was put', async () => {
      for (const length of [0, 1, 1000, 3_000_000]) {
        const given = bytesOf(length, length);
        await store.put(`a/${length}`, given);
        expect(same(await store.get(`a/${length}`), given)).toBe(true);
      }
    });

    test('put replaces', async () => {
      await store.put('format.json', text('first, and longer'));
      expect(await readRangeText(store, 'format.json', 0, 5)).toBe('first');
      await store.put('format.json', text('second'));
      expect(await readText(store, 'format.json')).toBe('second');
      expect(await readRangeText(store, 'format.json', 0, 6)).toBe('second');
    });

    test('neither keeps nor shares buffers', async () => {
      const given = text('abc');
      await store.put('a', given);
      given.fill(0);
      const taken = await store.get('a');
      expect(String.fromCharCode(...taken)).toBe('abc');
      taken.fill(0);
      expect(await readText(store, 'a')).toBe('abc');
      expect(taken.buffer.byteLength).toBe(3); // can be transferred to another thread
    });

    test('gives ranges', async () => {
      const whole = bytesOf(100_000, 7);
      await store.put('packs/data/00/x', whole);
      const range = fc.tuple(fc.nat(whole.length), fc.nat(whole.length));
      await fc.assert(
        fc.asyncProperty(range, async ([a, b]) => {
          const [start, end] = [Math.min(a, b), Math.max(a, b)];
          const found = await store.get('packs/data/00/x', { start, end });
          expect(same(found, whole.subarray(start, end))).toBe(true);
        }),
        { numRuns: runs },
      );
    });

    test('says when an object is shorter than a range', async () => {
      await store.put('a', text('abc'));
      for (const range of [
        { start: 1, end: 4 },
        { start: 3, end: 5 },
        { start: 7, end: 9 },
      ]) {
        await expect(store.get('a', range)).rejects.toMatchObject({ code: 'damaged', transient: false });
      }
    });

    test('says not-found, and only get does', async () => {
      await expect(store.get('nothing/here')).rejects.toMatchObject({ code: 'not-found', transient: false });
      await expect(store.get('nothing/here', { start: 0, end: 1 })).rejects.toMatchObject({
        code: 'not-found',
      });
      expect(await store.stat('nothing/here')).toBeUndefined();
      await store.delete('nothing/here');
    });

    test('a folder is not an object', async () => {
      await store.put('a/b/c', text('x'));
      expect(await store.stat('a/b')).toBeUndefined();
      expect(await store.stat('a/b/c/d')).toBeUndefined();
      await store.delete('a/b/c/d');
      expect(await keys(store, '')).toEqual(['a/b/c']);
    });

    test('tells size and time', async () => {
      await store.put('a', text('abc'));
      const found = await store.stat('a');
      expect(found).toMatchObject({ key: 'a', size: 3 });
      const age = Date.now() - (found?.modified?.getTime() ?? 0);
      expect(Math.abs(age)).toBeLessThan(60_000);
    });

    test('deletes', async () => {
      await store.put('a/b', text('1'));
      await store.put('a/c', text('2'));
      expect(await readRangeText(store, 'a/b', 0, 1)).toBe('1');
      await store.delete('a/b');
      expect(await keys(store, 'a/')).toEqual(['a/c']);
      await expect(store.get('a/b', { start: 0, end: 1 })).rejects.toMatchObject({ code: 'not-found' });
    });

    test.runIf(conditionalWrites)('putIfAbsent writes once', async () => {
      expect(await store.putIfAbsent('m/1', text('mine'))).toBe('stored');
      expect(await store.putIfAbsent('m/1', text('yours'))).toBe('exists');
      expect(await readText(store, 'm/1')).toBe('mine');
    });

    test.runIf(conditionalWrites)('one of many racing writers wins', async () => {
      const writers = Array.from({ length: 8 }, (_, number) => text(`writer ${number}`));
      const outcomes = await Promise.all(writers.map((bytes) => store.putIfAbsent('m/2', bytes)));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
      expect(await readText(store, 'm/2')).toBe(`writer ${outcomes.indexOf('stored')}`);
    });

    test('stores streams, short and long', async () => {
      for (const lengths of [[], [0], [5], [1_000_000, 0, 1], [6_000_000, 6_000_000, 6_000_001]]) {
        const pieces = lengths.map((length, number) => bytesOf(length, number));
        await store.putStream('s', stream(pieces));
        expect(same(await store.get('s'), Buffer.concat(pieces))).toBe(true);
        await store.putStream('f', () => stream(pieces));
        expect(same(await store.get('f'), Buffer.concat(pieces))).toBe(true);
      }
    });

    test('is done with a piece when it asks for the next', async () => {
      const pieces = [3_000_000, 6_000_000, 5, 7_777_216].map((length, number) => bytesOf(length, number));
      await store.putStream('s', wiped(pieces.map((piece) => piece.slice())));
      expect(same(await store.get('s'), Buffer.concat(pieces))).toBe(true);
    });

    test('a stream that fails leaves nothing, and its error is passed on', async () => {
      const broken = new Error('the source broke');
      for (const length of [10, 9_000_000]) {
        await expect(store.putStream('s', stream([bytesOf(length, 1)], broken))).rejects.toBe(broken);
      }
      expect(await store.stat('s')).toBeUndefined();
      expect(await keys(store, '')).toEqual([]);
    });

    test('lists in order, below a prefix, as many as wanted, after a key', async () => {
      // On Windows case tells no files apart.
      const key = fc
        .array(fc.constantFrom('a', 'b', 'ab', 'a-b', 'a.b', isWindows ? 'c' : 'B', '0'), {
          minLength: 1,
          maxLength: 3,
        })
        .map((parts) => `${parts.join('/')}/f`); // so that no key is a folder of another
      const wish = fc.record({
        keys: fc.uniqueArray(key, { maxLength: 12 }),
        prefix: fc.constantFrom('', 'a', 'a/', 'a/b', 'a-', 'ab/', 'z/'),
        limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        after: fc.option(key, { nil: undefined }),
      });
      await fc.assert(
        fc.asyncProperty(wish, async ({ keys: given, prefix, limit, after }) => {
          const fresh = await open();
          opened.push(fresh);
          await Promise.all(given.map((each) => fresh.put(each, text(each))));
          const expected = given.filter((each) => each.startsWith(prefix) && (!after || each > after)).sort();
          const bounds = { ...(limit && { limit }), ...(after && { after }) };
          const found = await all(fresh.list(prefix, bounds));
          expect(found.map((each) => each.key)).toEqual(expected.slice(0, limit));
          expect(found.map((each) => each.size)).toEqual(found.map((each) => each.key.length));
        }),
        { numRuns: runs },
      );
    });

    test('lists names', async () => {
      for (const key of ['jobs/b/1', 'jobs/a/1', 'jobs/a/2', 'jobs/c', 'jobsx/d', 'top']) {
        await store.put(key, text(key));
      }
      expect(await all(store.listNames('jobs/'))).toEqual(['a', 'b', 'c']);
      expect(await all(store.listNames(''))).toEqual(['jobs', 'jobsx', 'top']);
      expect(await all(store.listNames('nothing/'))).toEqual([]);
      await store.delete('jobs/b/1');
      expect(await all(store.listNames('jobs/'))).toEqual(['a', 'c']);
    });

    test('an empty store lists nothing and sweeps nothing', async () => {
      expect(await keys(store, '')).toEqual([]);
      expect(await store.sweep()).toBe(0);
    });

    test('sweep leaves objects alone', async () => {
      await store.put('a', text('abc'));
      await store.sweep();
      expect(await keys(store, '')).toEqual(['a']);
    });

    test('refuses what is not a key', async () => {
      for (const key of [
        '',
        '/a',
        'a/',
        'a//b',
        '../a',
        'a/..',
        './a',
        'a\\b',
        'C:a',
        'a\0',
        'é',
        'tmp/a',
        'x'.repeat(513),
      ]) {
        await expect(store.get(key)).rejects.toMatchObject({ code: 'usage' });
        await expect(store.put(key, text('x'))).rejects.toMatchObject({ code: 'usage' });
        await expect(store.putIfAbsent(key, text('x'))).rejects.toMatchObject({ code: 'usage' });
        await expect(store.putStream(key, stream([text('x')]))).rejects.toMatchObject({ code: 'usage' });
        await expect(store.delete(key)).rejects.toMatchObject({ code: 'usage' });
        await expect(store.stat(key)).rejects.toMatchObject({ code: 'usage' });
      }
      await expect(keys(store, '../')).rejects.toMatchObject({ code: 'usage' });
      await expect(all(store.listNames('a'))).rejects.toMatchObject({ code: 'usage' });
    });

    test('its clock, where it has one, is near ours', async () => {
      await store.put('a', text('x'));
      const clock = store.clock();
      if (clock) expect(Math.abs(clock.store.getTime() - clock.local.getTime())).toBeLessThan(60_000);
    });
  });
}

/** `length` bytes that repeat for a seed. */
export function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = seed + 1; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** The pieces as a stream, which then fails if an error is given. */
export async function* stream(pieces: Uint8Array[], error?: Error): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (error) throw error;
}

/** Whose memory is used for something else as soon as it may be. */
async function* wiped(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    piece.fill(0);
  }
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export async function readText(store: Store, key: string): Promise<string> {
  return new TextDecoder().decode(await store.get(key));
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The keys below a prefix. */
export async function keys(store: Store, prefix: string): Promise<string[]> {
  const found: StoredObject[] = await all(store.list(prefix));
  return found.map(({ key }) => key);
}

async function readRangeText(store: Store, key: string, start: number, end: number): Promise<string> {
  return new TextDecoder().decode(await store.get(key, { start, end }));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0; // `toEqual` on megabytes takes seconds
}
