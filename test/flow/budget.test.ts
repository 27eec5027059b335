import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Budget } from '../../src/flow/budget.ts';

test('never more is under way than there is room for, but for a single taker', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.integer({ min: 0, max: 150 })),
      async (scheduler, amounts) => {
        const budget = new Budget(100);
        const holding: number[] = [];
        const order: number[] = [];
        const use = async (amount: number, i: number) => {
          await budget.take(amount);
          order.push(i);
          holding.push(amount);
          const all = holding.reduce((sum, one) => sum + one, 0);
          expect(budget.used).toBeGreaterThanOrEqual(all);
          expect(all <= 100 || holding.filter((one) => one > 0).length === 1).toBe(true);
          await scheduler.schedule(Promise.resolve());
          holding.splice(holding.indexOf(amount), 1);
          budget.give(amount);
        };
        const all = Promise.all(amounts.map(use));
        await scheduler.waitFor(all);
        expect(budget.used).toBe(0);
        expect(order).toEqual(amounts.map((_, i) => i));
      },
    ),
  );
});

test('a small taker does not overtake a large one that waits', async () => {
  const budget = new Budget(10);
  await budget.take(5);
  const order: string[] = [];
  const large = budget.take(10).then(() => order.push('large'));
  const small = budget.take(1).then(() => order.push('small'));
  budget.give(5);
  await large;
  budget.give(10);
  await small;
  expect(order).toEqual(['large', 'small']);
});
