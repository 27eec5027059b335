import { type Sleep, systemSleep } from '../flow/sleep.ts';
import type { ReadFailure } from './failure.ts';
import { isTransient } from './transient.ts';

/** How often, and after which waits, a file that could not be read is read again. */
export interface RetryPolicy {
  /** Attempts after the first. */
  retries: number;
  /** The first wait, in milliseconds; doubles with every attempt. */
  delay: number;
  sleep: Sleep;
  /** 0 … 1. */
  random: () => number;
  signal?: AbortSignal | undefined;
}

export const defaultRetry: RetryPolicy = { retries: 3, delay: 1000, sleep: systemSleep, random: Math.random };

/** The longest wait, in milliseconds: a push does not stand still for one file. */
const LONGEST_WAIT = 30_000;

/**
 * The second rung of reading: reads again while the failure may pass.
 * @param first what the first attempt gave
 * @throws `interrupted`
 */
export async function retry<R extends { kind: string }>(
  first: R | ReadFailure,
  again: () => Promise<R | ReadFailure>,
  policy: RetryPolicy,
): Promise<R | ReadFailure> {
  let last = first;
  for (let attempts = 1; isFailure(last); attempts++) {
    if (!isTransient(last.code) || attempts > policy.retries) return { ...last, attempts };
    await policy.sleep(waitBefore(attempts, policy), policy.signal);
    last = await again();
  }
  return last;
}

function isFailure(outcome: { kind: string }): outcome is ReadFailure {
  return outcome.kind === 'failed';
}

/** At least half of the exponential bound, so that a holder gets the time it was given; the rest is jitter. */
function waitBefore(attempt: number, { delay, random }: RetryPolicy): number {
  const bound = Math.min(LONGEST_WAIT, delay * 2 ** (attempt - 1));
  return bound * (0.5 + random() / 2);
}
