import fc from 'fast-check';
import { expect, test } from 'vitest';
import { workAhead } from '../../src/flow/work-ahead.ts';

async function* from<T>(values: T[], pulled?: { count: number }): AsyncGenerator<T> {
  for (const value of values) {
    if (pulled) pulled.count++;
    yield value;
  }
}

test('results come with their values, in order, and never further ahead than allowed', async () => {
  const sizes = fc.array(fc.integer({ min: -1, max: 50 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 100 }),
      async (all, count, bytes) => {
        const pulled = { count: 0 };
        const got: number[] = [];
        let begun = 0;
        const begin = (value: number) => {
          if (value < 0) return undefined;
          begun++;
          return { work: Promise.resolve(value), bytes: value };
        };
        for await (const { value, work } of workAhead(from(all, pulled), { count, bytes }, begin)) {
          expect(pulled.count - got.length).toBeLessThanOrEqual(count + 1);
          expect(await work).toBe(value < 0 ? undefined : value);
          got.push(value);
        }
        expect(got).toEqual(all);
        expect(begun).toBe(all.filter((value) => value >= 0).length);
      },
    ),
  );
});

test('work that fails early fails at its turn', async () => {
  const begin = (value: number) => ({
    work: value === 3 ? Promise.reject(new Error('three')) : Promise.resolve(value),
    bytes: 0,
  });
  const got: number[] = [];
  const reading = (async () => {
    for await (const { value, work } of workAhead(from([1, 2, 3, 4]), { count: 10, bytes: 10 }, begin)) {
      await work;
      got.push(value);
    }
  })();
  await expect(reading).rejects.toThrow('three');
  expect(got).toEqual([1, 2]);
});

test('an error of the values comes after what came before it', async () => {
  const values = async function* () {
    yield* [1, 2, 3];
    throw new Error('broken off');
  };
  const got: number[] = [];
  const all = async () => {
    for await (const { value, work } of workAhead(values(), { count: 10, bytes: 100 }, (value) => ({
      work: Promise.resolve(value),
      bytes: 1,
    })))
      got.push(value, (await work) as number);
  };
  await expect(all()).rejects.toThrow('broken off');
  expect(got).toEqual([1, 1, 2, 2, 3, 3]);
});
