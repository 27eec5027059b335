import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Semaphore } from '../../src/flow/semaphore.ts';

describe('a semaphore', () => {
  test('lets so many run at once, in the order they came, whatever becomes of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (scheduler, limit, fates) => {
          const semaphore = new Semaphore(limit);
          const started: number[] = [];
          let running = 0;
          const act = (succeeds: boolean, i: number) =>
            semaphore.run(async () => {
              started.push(i);
              running++;
              expect(running).toBeLessThanOrEqual(limit);
              await scheduler.schedule(Promise.resolve());
              running--;
              if (!succeeds) throw new Error('failed');
            });
          const all = Promise.allSettled(fates.map(act));
          const outcomes = await scheduler.waitFor(all);
          expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(fates);
          expect(started).toEqual(fates.map((_, i) => i));
        },
      ),
    );
  });

  const held = () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    return { gate, release };
  };

  test('admits who waits when the limit is raised', async () => {
    const semaphore = new Semaphore(1);
    const { gate, release } = held();
    const first = semaphore.run(() => gate);
    const second = semaphore.run(async () => 'second');
    semaphore.limit = 2;
    expect(await second).toBe('second');
    release();
    await first;
  });

  test('forgets who gives up waiting, and goes on with the next', async () => {
    const semaphore = new Semaphore(1);
    const { gate, release } = held();
    const stop = new AbortController();
    const first = semaphore.run(() => gate);
    const second = semaphore.run(async () => 'second', stop.signal);
    const third = semaphore.run(async () => 'third');
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'interrupted' });
    release();
    await first;
    expect(await third).toBe('third');
    await expect(semaphore.run(async () => 1, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
    expect(await semaphore.run(async () => 'fourth')).toBe('fourth');
  });
});
