import { BmcloudError } from '../errors.ts';
import { type Sleep, systemSleep, throwIfInterrupted } from './sleep.ts';

/** How to try again. */
export interface BackoffPolicy {
  /** How often to try in all. */
  attempts: number;
  /** The longest first wait, in milliseconds; doubles with every attempt. */
  firstWait: number;
  /** The longest wait, in milliseconds. */
  longestWait: number;
  sleep: Sleep;
  /** 0 … 1. */
  random: () => number;
  signal?: AbortSignal | undefined;
  /** Told before each wait. */
  onRetry?: ((error: BmcloudError, wait: number, attempt: number) => void) | undefined;
}

export const defaultBackoff: BackoffPolicy = {
  attempts: 10,
  firstWait: 200,
  longestWait: 20_000,
  sleep: systemSleep,
  random: Math.random,
};

/**
 * Runs `attempt` until it succeeds, fails with an error that is not `transient`, or was tried often enough; the last error is
 * thrown as it is. `attempt` is told how many attempts failed before it.
 */
export async function withBackoff<T>(
  policy: BackoffPolicy,
  attempt: (failed: number) => Promise<T>,
): Promise<T> {
  for (let failed = 0; ; failed++) {
    throwIfInterrupted(policy.signal);
    try {
      return await attempt(failed);
    } catch (error) {
      if (!isTransient(error) || failed + 1 >= policy.attempts) throw error;
      const wait = jitteredWait(policy, failed);
      policy.onRetry?.(error, wait, failed + 1);
      await policy.sleep(wait, policy.signal);
    }
  }
}

/** Full jitter: anything between nothing and the exponential bound, so that many clients do not come back at once. */
export function jitteredWait(
  policy: Pick<BackoffPolicy, 'firstWait' | 'longestWait' | 'random'>,
  failed: number,
): number {
  return policy.random() * Math.min(policy.longestWait, policy.firstWait * 2 ** failed);
}

function isTransient(error: unknown): error is BmcloudError {
  return error instanceof BmcloudError && error.transient;
}
