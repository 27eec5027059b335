import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BmcloudError } from '../../src/errors.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { retryingStore } from '../../src/store/retry.ts';
import { bytesOf, keys, readText, storeContract, stream, text } from '../contract/store.ts';
import { type Fault, faultStore, faults } from '../fakes/fault-store.ts';

const atOnce = { sleep: async () => {} };

storeContract('a retrying store', () => retryingStore(memoryStore(), atOnce));

function troubled() {
  const inner = faultStore(memoryStore());
  return { inner, store: retryingStore(inner, atOnce) };
}

describe('a retrying store', () => {
  test('gets through a storm', async () => {
    const { inner, store } = troubled();
    await store.put('a', text('first contact'));
    for (const call of ['get', 'put', 'stat', 'delete'] as const) {
      inner.inject(call, { kind: 'fail', error: faults.slowDown() }, { times: 8 });
    }
    await store.put('a', text('x'));
    expect(await readText(store, 'a')).toBe('x');
    expect(await store.stat('a')).toMatchObject({ size: 1 });
    await store.delete('a');
    expect(await keys(store, '')).toEqual([]);
    inner.verifyAllFired();
  });

  test('gives up, with the last error', async () => {
    const { inner, store } = troubled();
    await store.put('a', text('first contact'));
    inner.inject('get', { kind: 'fail' }, { times: 10 });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'store-unreachable' });
    inner.verifyAllFired();
  });

  test('gives up sooner on a store that never answered', async () => {
    const { inner, store } = troubled();
    inner.inject('get', { kind: 'fail' }, { times: 4 });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'store-unreachable' });
    inner.verifyAllFired();
  });

  test('does not repeat what is not transient', async () => {
    const { inner, store } = troubled();
    inner.inject('put', { kind: 'fail', error: faults.denied() });
    await expect(store.put('a', text('x'))).rejects.toMatchObject({ code: 'store-denied' });
    expect(inner.calls).toHaveLength(1);
  });

  test.each([
    ['fail', 'stored'],
    ['lostAnswer', 'stored'],
  ] as const)('wins a conditional write whose first attempt is a %s', async (kind, outcome) => {
    const { inner, store } = troubled();
    inner.inject('putIfAbsent', { kind }, { times: 2 });
    expect(await store.putIfAbsent('m', text('mine'))).toBe(outcome);
    inner.verifyAllFired();
  });

  test('loses a conditional write to another after its own failed', async () => {
    const { inner, store } = troubled();
    inner.inject('putIfAbsent', { kind: 'fail' });
    inner.inject('putIfAbsent', { kind: 'meanwhile', act: () => inner.put('m', text('theirs')) });
    expect(await store.putIfAbsent('m', text('mine'))).toBe('exists');
    inner.verifyAllFired();
  });

  test('does not ask whose bytes they are when nothing failed', async () => {
    const { inner, store } = troubled();
    await store.put('m', text('same'));
    expect(await store.putIfAbsent('m', text('same'))).toBe('exists');
    expect(inner.calls).toEqual(['put m', 'putIfAbsent m']);
  });

  test('repeats a stream that can be asked again, and only that', async () => {
    const { inner, store } = troubled();
    await store.put('a', text('first contact'));
    inner.inject('putStream', { kind: 'lostAnswer' }, { times: 3 });
    await store.putStream('s', () => stream([bytesOf(10, 1), bytesOf(10, 2)]));
    expect(await store.get('s')).toHaveLength(20);
    inner.verifyAllFired();
    inner.inject('putStream', { kind: 'fail' });
    await expect(store.putStream('t', stream([bytesOf(10, 1)]))).rejects.toMatchObject({ transient: true });
  });

  test('goes on with a listing where it broke', async () => {
    const all = Array.from({ length: 20 }, (_, number) => `k/${String(number).padStart(3, '0')}`);
    const breaks = fc.array(fc.nat(6), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(breaks, fc.option(fc.integer({ min: 1, max: 25 })), async (points, limit) => {
        const { inner, store } = troubled();
        for (const key of all) await store.put(key, text('x'));
        for (const after of points) {
          inner.inject('list', { kind: 'brokenListing', after });
          inner.inject('listNames', { kind: 'brokenListing', after });
        }
        const found: string[] = [];
        for await (const { key } of store.list('k/', limit === null ? {} : { limit })) found.push(key);
        expect(found).toEqual(all.slice(0, limit ?? undefined));
        const names: string[] = [];
        for await (const name of store.listNames('k/')) names.push(`k/${name}`);
        expect(names).toEqual(all);
      }),
    );
  });

  test('waits longer and longer, with jitter, and says so', async () => {
    const waits: number[] = [];
    const told: [string, number][] = [];
    const inner = faultStore(memoryStore());
    const store = retryingStore(inner, {
      sleep: async (milliseconds) => void waits.push(milliseconds),
      random: () => 0.5,
      onRetry: (error, _, attempt) => told.push([error.code, attempt]),
    });
    await store.put('a', text('x'));
    inner.inject('get', { kind: 'fail' }, { times: 9 });
    await store.get('a');
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(told[8]).toEqual(['store-unreachable', 9]);
  });

  test('stops waiting when interrupted', async () => {
    const inner = faultStore(memoryStore());
    const stop = new AbortController();
    const store = retryingStore(inner, {
      random: () => 1,
      firstWait: 60_000,
      longestWait: 60_000,
      signal: stop.signal,
    });
    const fault: Fault = { kind: 'fail' };
    inner.inject('get', fault, { times: 4 });
    const reading = store.get('a');
    setTimeout(() => stop.abort(), 10);
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
    await expect(store.get('a')).rejects.toBeInstanceOf(BmcloudError);
    expect(inner.calls).toHaveLength(1);
  });
});
