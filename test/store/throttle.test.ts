import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/store/memory.ts';
import { AdaptiveGate, throttledStore } from '../../src/store/throttle.ts';
import { all, storeContract, stream, text } from '../contract/store.ts';
import { faultStore, faults } from '../fakes/fault-store.ts';

storeContract('a throttled store', () => throttledStore(memoryStore(), { most: 2 }));

const complain = () => Promise.reject(faults.slowDown());

describe('a throttled store', () => {
  test('lets no more run at once than it should', async () => {
    const inner = memoryStore();
    let running = 0;
    let most = 0;
    const counted = async (key: string) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return text(key);
    };
    const store = throttledStore({ ...inner, get: counted }, { most: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, number) => store.get(`k${number}`)));
    expect(most).toBe(3);
  });

  test('a stream that waits for a read does not wait for ever', async () => {
    const inner = memoryStore();
    await inner.put('a', text('a'));
    const store = throttledStore(inner, { most: 1 });
    const pieces = async function* () {
      yield await store.get('a');
    };
    await store.putStream('s', pieces());
    for await (const { key } of store.list('')) await store.get(key);
  });

  test('a waiter that is interrupted leaves the queue', async () => {
    const inner = faultStore(memoryStore());
    const stop = new AbortController();
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    inner.inject('stat', { kind: 'hold', until });
    const store = throttledStore(inner, { most: 1, signal: stop.signal });
    const first = store.stat('a');
    const second = store.stat('b');
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'interrupted' });
    release();
    await first;
  });
});

describe('the adaptive gate', () => {
  test('halves once for a burst of complaints, and never below one', async () => {
    const gate = new AdaptiveGate(16);
    const burst = Array.from({ length: 10 }, () => gate.run(complain));
    await Promise.allSettled(burst);
    expect(gate.bound).toBe(8);
    for (let i = 0; i < 10; i++) await gate.run(complain).catch(() => {});
    expect(gate.bound).toBe(1);
  });

  test('widens again, step by step, up to where it began', async () => {
    const gate = new AdaptiveGate(4);
    await gate.run(complain).catch(() => {});
    expect(gate.bound).toBe(2);
    for (let i = 0; i < 3; i++) await gate.run(async () => {});
    expect(gate.bound).toBe(3);
    for (let i = 0; i < 100; i++) await gate.run(async () => {});
    expect(gate.bound).toBe(4);
  });

  test('other failures change nothing, nor do many steps of a listing', async () => {
    const gate = new AdaptiveGate(4);
    await gate.run(() => Promise.reject(faults.timeout())).catch(() => {});
    expect(gate.bound).toBe(4);
    await gate.run(complain).catch(() => {});
    await all(gate.iterate(stream(Array.from({ length: 1000 }, () => text('x')))));
    expect(gate.bound).toBe(2);
  });
});
