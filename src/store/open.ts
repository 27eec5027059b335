import { BmcloudError } from '../errors.ts';
import type { BackoffPolicy } from '../flow/backoff.ts';
import { localStore } from './local.ts';
import { formatLocation, type Location } from './location.ts';
import { retryingStore } from './retry.ts';
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /** Where credentials and proxies are looked up; the caller's environment. */
  env?: Record<string, string | undefined>;
  /** Ends waits and requests. */
  signal?: AbortSignal | undefined;
  /** Told before each wait for another attempt. */
  onRetry?: BackoffPolicy['onRetry'];
}

/** Opens the store at a location. Nothing is asked of it yet, except where its region has to be found. */
export async function openStore(location: Location, options: OpenStoreOptions = {}): Promise<Store> {
  const adapter = await openAdapter(location);
  return retryingStore(adapter, { signal: options.signal, onRetry: options.onRetry });
}

async function openAdapter(location: Location): Promise<Store> {
  if (location.kind === 'directory') return localStore(location.path);
  throw new BmcloudError('usage', `S3 is not built yet: ${formatLocation(location)}`);
}
