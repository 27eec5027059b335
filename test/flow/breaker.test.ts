import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Breaker } from '../../src/flow/breaker.ts';

const never = new Promise<never>(() => {});

test('gives what the work gives, or throws what it throws', async () => {
  const breaker = new Breaker();
  await expect(breaker.guard(Promise.resolve(1))).resolves.toBe(1);
  await expect(breaker.guard(Promise.reject(new Error('of the work')))).rejects.toThrow('of the work');
  expect(breaker.failure).toBeUndefined();
});

test('everybody who waits is told, and everybody who comes later', async () => {
  const breaker = new Breaker();
  const waiting = [breaker.guard(never), breaker.guard(never)];
  breaker.break(new Error('first'));
  breaker.break(new Error('second'));
  for (const one of waiting) await expect(one).rejects.toThrow('first');
  await expect(breaker.guard(Promise.resolve(1))).rejects.toThrow('first');
  expect(breaker.failure).toMatchObject({ error: { message: 'first' } });
});

test('work that fails after all is no unhandled rejection', async () => {
  const breaker = new Breaker();
  const work = Promise.withResolvers<never>();
  const guarded = breaker.guard(work.promise);
  breaker.break(new Error('broken'));
  work.reject(new Error('too late'));
  await expect(guarded).rejects.toThrow('broken');
});

test('keeps no result', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const breaker = new Breaker();
  const result = new WeakRef(await breaker.guard(Promise.resolve({ large: true })));
  await wait(1);
  collect();
  expect(result.deref()).toBeUndefined();
  expect(breaker.failure).toBeUndefined();
});
