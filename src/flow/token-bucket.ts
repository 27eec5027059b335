import { type Sleep, systemSleep } from './sleep.ts';

export interface TokenBucketOptions {
  /** How many fit in: the burst after a pause. Default: one second's worth. */
  capacity?: number;
  /** Milliseconds, monotonic. */
  now?: () => number;
  sleep?: Sleep;
  signal?: AbortSignal | undefined;
}

/**
 * Keeps to a rate: tokens come in steadily, and whoever takes more than there are waits until the debt is paid. So a take may
 * be larger than the bucket, and later takers wait behind it.
 */
export class TokenBucket {
  readonly #perMillisecond: number;
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #sleep: Sleep;
  readonly #signal: AbortSignal | undefined;
  #tokens: number;
  #counted: number;

  /** @param rate tokens a second */
  constructor(rate: number, options: TokenBucketOptions = {}) {
    this.#perMillisecond = rate / 1000;
    this.#capacity = options.capacity ?? rate;
    this.#now = options.now ?? (() => performance.now());
    this.#sleep = options.sleep ?? systemSleep;
    this.#signal = options.signal;
    this.#tokens = this.#capacity;
    this.#counted = this.#now();
  }

  /** @throws `interrupted` */
  async take(tokens: number): Promise<void> {
    const now = this.#now();
    const earned = (now - this.#counted) * this.#perMillisecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned) - tokens;
    this.#counted = now;
    if (this.#tokens < 0) await this.#sleep(-this.#tokens / this.#perMillisecond, this.#signal);
  }
}
