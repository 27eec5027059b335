import { describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/store/memory.ts';
import { keys, readText, storeContract, text } from '../contract/store.ts';
import { faultStore, faults } from './fault-store.ts';

storeContract('a fault store without faults', () => faultStore(memoryStore()));

describe('a fault store', () => {
  test('fails before the effect, or after it', async () => {
    const store = faultStore(memoryStore());
    store.inject('put', { kind: 'fail' });
    store.inject('put', { kind: 'lostAnswer', error: faults.slowDown() });
    await expect(store.put('a', text('1'))).rejects.toMatchObject({ code: 'store-unreachable' });
    expect(await keys(store, '')).toEqual([]);
    await expect(store.put('a', text('2'))).rejects.toMatchObject({ data: { slowDown: true } });
    expect(await readText(store, 'a')).toBe('2');
    store.verifyAllFired();
  });

  test('spoils what is read', async () => {
    const store = faultStore(memoryStore());
    await store.put('a', text('abcdef'));
    store.inject('get', { kind: 'truncate', length: 3 });
    store.inject('get', { kind: 'flipBit', bit: 9 });
    expect(await readText(store, 'a')).toBe('abc');
    expect(await readText(store, 'a')).toBe('a`cdef');
    expect(await readText(store, 'a')).toBe('abcdef');
  });

  test('spoils listings', async () => {
    const store = faultStore(memoryStore());
    for (const key of ['a/1', 'a/2', 'a/3']) await store.put(key, text(key));
    store.inject('list', { kind: 'shortListing', length: 2 });
    store.inject('list', { kind: 'staleListing', without: (key) => key === 'a/2' });
    store.inject('list', { kind: 'brokenListing', after: 1 });
    expect(await keys(store, 'a/')).toEqual(['a/1', 'a/2']);
    expect(await keys(store, 'a/')).toEqual(['a/1', 'a/3']);
    await expect(keys(store, 'a/')).rejects.toMatchObject({ transient: true });
    expect(await keys(store, 'a/')).toEqual(['a/1', 'a/2', 'a/3']);
  });

  test('spoils conditional writes', async () => {
    const store = faultStore(memoryStore());
    store.inject('putIfAbsent', { kind: 'refuse' });
    expect(await store.putIfAbsent('m', text('1'))).toBe('exists');
    expect(await store.putIfAbsent('m', text('2'))).toBe('stored');
    store.inject('putIfAbsent', { kind: 'ignoreCondition' });
    expect(await store.putIfAbsent('m', text('3'))).toBe('stored');
    expect(await readText(store, 'm')).toBe('3');
  });

  test('insists that every fault fired', async () => {
    const store = faultStore(memoryStore());
    store.inject('delete', { kind: 'fail' }, { key: /^packs/, times: 2 });
    await store.delete('other');
    await expect(store.delete('packs/1')).rejects.toMatchObject({ transient: true });
    expect(() => store.verifyAllFired()).toThrow('fail on delete (1 times)');
  });

  test('lets others act in between', async () => {
    const store = faultStore(memoryStore());
    store.inject('putIfAbsent', { kind: 'meanwhile', act: () => store.put('m', text('theirs')) });
    expect(await store.putIfAbsent('m', text('mine'))).toBe('exists');
  });
});
