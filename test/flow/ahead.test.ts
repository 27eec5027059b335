import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapAhead } from '../../src/flow/ahead.ts';

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

test('results come in the order of the list, and only so many are under way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(fc.nat()), fc.nat(4), async (scheduler, values, count) => {
      let running = 0;
      const map = async (value: number) => {
        running++;
        expect(running).toBeLessThanOrEqual(count + 1);
        await scheduler.schedule(Promise.resolve());
        running--;
        return value * 2;
      };
      const all = collect(mapAhead(values, count, map));
      expect(await scheduler.waitFor(all)).toEqual(values.map((value) => value * 2));
    }),
  );
});

test('a failure is told when it is its turn', async () => {
  const seen: number[] = [];
  const map = async (value: number) => {
    if (value === 3) throw new Error('third');
    return value;
  };
  const reading = (async () => {
    for await (const value of mapAhead([1, 2, 3, 4], 3, map)) seen.push(value);
  })();
  await expect(reading).rejects.toThrow('third');
  expect(seen).toEqual([1, 2]);
});

test('who stops reading leaves no failure behind that nobody handles', async () => {
  const map = async (value: number) => {
    if (value > 1) throw new Error('nobody asked');
    return value;
  };
  for await (const value of mapAhead([1, 2, 3], 2, map)) {
    expect(value).toBe(1);
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
});
