import { systemSleep } from '../flow/sleep.ts';
import { findOwners } from '../owners/owners.ts';
import { defaultRetry, type RetryPolicy } from '../read/retry.ts';
import { nativeOf } from '../scan/native-path.ts';
import type { AskOwners, FrozenViews } from './late-files.ts';
import type { PushOptions } from './plan.ts';

/*
 * What the ladder asks of the system it runs on.
 */

/** Frozen views that are removed again. */
export interface ClosableViews extends FrozenViews {
  close(): Promise<void>;
}

export function retryPolicy({ retries, retryDelay, signal }: PushOptions): RetryPolicy {
  return {
    retries: retries ?? defaultRetry.retries,
    delay: retryDelay ?? defaultRetry.delay,
    sleep: systemSleep,
    random: Math.random,
    signal,
  };
}

/** Who holds files on this system. */
export async function askOwners(paths: Uint8Array[], signal?: AbortSignal): ReturnType<AskOwners> {
  return await findOwners(paths.map(nativeOf), { platform: process.platform, signal });
}

export const systemViews = (_tell?: unknown, _signal?: unknown): ClosableViews => ({
  pathInShadow: async () => ({ unavailable: 'nothing yet' }),
  close: async () => {},
});
