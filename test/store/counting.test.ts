import { describe, expect, test } from 'vitest';
import { countingStore, noCounts, type RequestReport } from '../../src/store/counting.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { bytesOf, keys, storeContract, stream } from '../contract/store.ts';
import { faultStore } from '../fakes/fault-store.ts';

storeContract('a counting store', () => countingStore(memoryStore(), noCounts()));

describe('a counting store', () => {
  test('counts requests and bytes by kind, and reports them', async () => {
    const counts = noCounts();
    const reports: RequestReport[] = [];
    let time = 0;
    const inner = faultStore(memoryStore());
    const store = countingStore(inner, counts, {
      onRequest: (report) => reports.push(report),
      now: () => time++,
    });
    await store.put('a', bytesOf(10, 1));
    await store.putIfAbsent('b', bytesOf(20, 1));
    await store.putStream('c', stream([bytesOf(30, 1), bytesOf(1, 1)]));
    await store.get('a');
    await store.get('c', { start: 1, end: 3 });
    await keys(store, '');
    await store.stat('a');
    inner.inject('delete', { kind: 'fail' });
    await expect(store.delete('a')).rejects.toMatchObject({ transient: true });
    expect(counts).toEqual({
      requests: { get: 2, put: 2, putStream: 1, list: 1, stat: 1, delete: 1, sweep: 0 },
      failures: 1,
      uploaded: 61,
      downloaded: 12,
    });
    expect(reports[2]).toEqual({ kind: 'putStream', key: 'c', bytes: 31, milliseconds: 1 });
    expect(reports.at(-1)).toMatchObject({ kind: 'delete', key: 'a', error: 'store-unreachable' });
  });
});
