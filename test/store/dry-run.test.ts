import { expect, test } from 'vitest';
import { dryRunStore } from '../../src/store/dry-run.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { keys, readText, stream, text } from '../contract/store.ts';
import { faultStore } from '../fakes/fault-store.ts';

test('a dry run reads and writes nothing', async () => {
  const inner = faultStore(memoryStore());
  await inner.put('a', text('there'));
  const store = dryRunStore(inner);
  let read = 0;
  const pieces = async function* () {
    for await (const piece of stream([text('1'), text('2')])) {
      read++;
      yield piece;
    }
  };
  await store.put('b', text('x'));
  await store.putStream('c', pieces());
  expect(await store.putIfAbsent('a', text('x'))).toBe('exists');
  expect(await store.putIfAbsent('d', text('x'))).toBe('stored');
  await store.delete('a');
  expect(await store.sweep()).toBe(0);
  expect(read).toBe(2);
  expect(await keys(store, '')).toEqual(['a']);
  expect(await readText(store, 'a')).toBe('there');
  expect(inner.calls.filter((call) => /^(put|delete|sweep)/.test(call))).toEqual(['put a']);
  await expect(store.put('../a', text('x'))).rejects.toMatchObject({ code: 'usage' });
});
