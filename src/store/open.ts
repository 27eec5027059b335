import type { BackoffPolicy } from '../flow/backoff.ts';
import { countingStore, noCounts, type RequestReport, type StoreCounts } from './counting.ts';
import { dryRunStore } from './dry-run.ts';
import { type BandwidthLimits, limitedStore } from './limit.ts';
import { localStore } from './local.ts';
import type { Location } from './location.ts';
import { retryingStore } from './retry.ts';
import type { S3Capabilities } from './s3-capabilities.ts';
import type { Store } from './store.ts';
import { throttledStore } from './throttle.ts';

export interface OpenStoreOptions {
  /** Where credentials are looked up first (`AWS_…`); nothing by default. */
  env?: Record<string, string | undefined>;
  /** Ends waits and requests. */
  signal?: AbortSignal | undefined;
  limits?: BandwidthLimits;
  /** Reads, but writes nothing. */
  dryRun?: boolean;
  /** What is asked of the store is added to these. */
  counts?: StoreCounts;
  /** Requests at once, at most. */
  concurrency?: number;
  /** Told of every request, for logs. */
  onRequest?: (report: RequestReport) => void;
  /** Told before each wait for another attempt. */
  onRetry?: BackoffPolicy['onRetry'];
}

/** A store, and what S3 alone can be asked. */
export type Adapter = Store & { readonly capabilities?: S3Capabilities };

/**
 * Opens the store at a location; nothing is asked of it yet.
 * @throws `config` for a file of certificates that cannot be read
 */
export async function openStore(location: Location, options: OpenStoreOptions = {}): Promise<Store> {
  return wrapped(await openAdapter(location, options), options);
}

/** The store without wrappers: for `doctor`, which wants to see what it answers the first time. */
export async function openAdapter(location: Location, options: OpenStoreOptions = {}): Promise<Adapter> {
  if (location.kind === 'directory') return localStore(location.path);
  const { s3Store } = await import('./s3.ts'); // the SDK takes a quarter of a second to load
  const { env = {}, signal, onRetry } = options;
  return s3Store({ location, env, signal, backoff: { onRetry } });
}

/**
 * The one order of the wrappers, from the wire outwards: every attempt is counted and waits for its bandwidth and its turn;
 * retrying goes around these; a dry run stops writes before any of it.
 */
function wrapped(adapter: Store, options: OpenStoreOptions): Store {
  const { signal, limits = {}, counts = noCounts(), concurrency, onRequest, onRetry, dryRun } = options;
  const counting = countingStore(adapter, counts, { onRequest });
  const limited = limitedStore(counting, limits, { signal });
  const throttled = throttledStore(limited, {
    signal,
    ...(concurrency !== undefined && { most: concurrency }),
  });
  const retrying = retryingStore(throttled, { signal, onRetry });
  return dryRun ? dryRunStore(retrying) : retrying;
}
