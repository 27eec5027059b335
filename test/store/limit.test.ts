import { describe, expect, test } from 'vitest';
import { limitedStore } from '../../src/store/limit.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { bytesOf, storeContract, stream } from '../contract/store.ts';

storeContract('a limited store', () => limitedStore(memoryStore(), { upload: 1e9, download: 1e9 }));

/** A clock that only sleeping moves. */
function clockwork() {
  let time = 0;
  return {
    now: () => time,
    sleep: async (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

describe('a limited store', () => {
  test('keeps to the rates, each way on its own', async () => {
    const clock = clockwork();
    const store = limitedStore(memoryStore(), { upload: 1000, download: 500 }, clock);
    for (let i = 0; i < 5; i++) await store.put('a', bytesOf(1000, 1));
    expect(clock.now()).toBeCloseTo(4000); // the first second's worth is free
    for (let i = 0; i < 5; i++) await store.get('a', { start: 0, end: 500 });
    expect(clock.now()).toBeCloseTo(8000);
    await store.get('a');
    await store.get('a');
    expect(clock.now()).toBeCloseTo(12_000);
  });

  test('paces streams, and conditional writes', async () => {
    const clock = clockwork();
    const store = limitedStore(memoryStore(), { upload: 1000 }, clock);
    const pieces = Array.from({ length: 10 }, () => bytesOf(500, 1));
    await store.putStream('s', stream(pieces));
    expect(clock.now()).toBeCloseTo(4000);
    await store.putStream('s', () => stream(pieces));
    expect(clock.now()).toBeCloseTo(9000);
    await store.putIfAbsent('m', bytesOf(1000, 1));
    expect(clock.now()).toBeCloseTo(10_000);
    await store.get('s');
    expect(clock.now()).toBeCloseTo(10_000);
  });

  test('a pause earns no more than a second', async () => {
    const clock = clockwork();
    const store = limitedStore(memoryStore(), { upload: 1000 }, clock);
    await store.put('a', bytesOf(1000, 1));
    await clock.sleep(60_000);
    await store.put('a', bytesOf(3000, 1));
    expect(clock.now()).toBeCloseTo(62_000);
  });
});
