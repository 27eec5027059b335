import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AsyncQueue } from '../../src/flow/queue.ts';

async function collect<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of queue) found.push(value);
  return found;
}

test('everything that goes in comes out in order, however the two sides take turns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.boolean())), async (values) => {
      const queue = new AsyncQueue<number>();
      const found = collect(queue);
      for (const [value, pauses] of values) {
        queue.push(value);
        if (pauses) await Promise.resolve();
      }
      queue.end();
      expect(await found).toEqual(values.map(([value]) => value));
    }),
  );
});

test('what was put in before the end comes out after it', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.end();
  expect(await collect(queue)).toEqual([1]);
});

test('a failure comes before what still waits', async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.fail(new Error('broken'));
  await expect(collect(queue)).rejects.toThrow('broken');
});

test('a failure wakes a reader that waits', async () => {
  const queue = new AsyncQueue<number>();
  const found = collect(queue);
  await Promise.resolve();
  queue.fail(new Error('broken'));
  await expect(found).rejects.toThrow('broken');
});
