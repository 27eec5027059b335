import { beforeAll, describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/store/memory.ts';
import * as probe from '../../src/store/probe.ts';
import { s3Store } from '../../src/store/s3.ts';
import { keys } from '../contract/store.ts';
import { faultStore, faults } from '../fakes/fault-store.ts';
import type { ServerName } from '../fixtures/s3-binaries.ts';
import { type S3Server, s3Server } from '../fixtures/s3-server.ts';

describe('probes', () => {
  test('a store that decides races has conditional writes', async () => {
    const store = memoryStore();
    expect(await probe.probeConditionalWrites(store)).toBe(true);
    expect(await keys(store, '')).toEqual([]);
  });

  test('one that ignores the condition has not', async () => {
    for (const times of [1, 4, 5]) {
      const store = faultStore(memoryStore());
      store.inject('putIfAbsent', { kind: 'ignoreCondition' }, { times });
      // The first of several to ignore it is still a fair winner if the others are refused.
      expect(await probe.probeConditionalWrites(store)).toBe(times === 1);
    }
  });

  test('one that refuses everybody has not', async () => {
    const store = faultStore(memoryStore());
    store.inject('putIfAbsent', { kind: 'refuse' }, { times: 4 });
    expect(await probe.probeConditionalWrites(store)).toBe(false);
  });

  test('a store that cannot be reached is no answer', async () => {
    const store = faultStore(memoryStore());
    store.inject('putIfAbsent', { kind: 'fail' });
    await expect(probe.probeConditionalWrites(store)).rejects.toMatchObject({ code: 'store-unreachable' });
  });

  test('spoiled streams and readings show', async () => {
    const store = faultStore(memoryStore());
    store.inject('get', { kind: 'flipBit', bit: 77 });
    expect(await probe.probeStream(store)).toMatchObject({ intact: false });
    store.inject('list', { kind: 'shortListing', length: 0 });
    expect(await probe.probeReading(store)).toEqual({ ranges: true, listedAtOnce: false });
  });

  test('deletion that is denied is a fact, not an error', async () => {
    const store = faultStore(memoryStore());
    expect(await probe.probeDeletion(store)).toBe(true);
    store.inject('delete', { kind: 'fail', error: faults.denied() });
    expect(await probe.probeDeletion(store)).toBe(false);
  });
});

describe.each(['minio', 'versitygw'] as const)('probes of %s', (name) => {
  const open = storesOn(name);

  test('all of them', async () => {
    const store = await open();
    expect(await probe.probeConditionalWrites(store)).toBe(true);
    expect(await probe.probeStream(store)).toMatchObject({ intact: true });
    expect(await probe.probeReading(store)).toEqual({ ranges: true, listedAtOnce: true });
    expect(await probe.probeLatency(store)).toBeLessThan(1000);
    expect(Math.abs((await probe.probeClockSkew(store)) ?? Number.NaN)).toBeLessThan(5000);
    expect(await probe.probeDeletion(store)).toBe(true);
    expect(await keys(store, '')).toEqual([]);
    await store.close();
  });
});

describe('versioning and Object Lock', () => {
  const open = storesOn('minio');

  test('are told of a bucket of MinIO', async () => {
    const [plain, locked] = [await open(), await open({ objectLock: true })];
    expect(await plain.capabilities.versioning()).toBe('off');
    expect(await plain.capabilities.objectLock()).toEqual({ state: 'off' });
    expect(await locked.capabilities.versioning()).toBe('on');
    expect(await locked.capabilities.objectLock()).toEqual({ state: 'on' });
  });
});

/** Opens stores on a server that is started before the tests around: each in a bucket of its own. */
function storesOn(name: ServerName): (options?: { objectLock: boolean }) => ReturnType<typeof s3Store> {
  let server: S3Server;
  beforeAll(async () => {
    server = await s3Server(name);
  });
  return async (options) => {
    const location = server.location(await server.bucket('probe', options), 'p');
    return s3Store({ location, env: server.env });
  };
}
