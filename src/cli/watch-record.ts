import path from 'node:path';
import { type BmcloudError, type ErrorCode, isBmcloudError } from '../errors.ts';
import type { HealthFile, WatchEvent, WatchHealth } from '../index.ts';
import type { JobOutcome } from './push-jobs.ts';

/** Where watches tell how they fare. */
export function healthDirectory(state: string): string {
  return path.join(state, 'watch');
}

/** Errors that waiting does not mend: a watch in which no job can begin says so at once. */
const hopeless: ErrorCode[] = ['usage', 'config', 'no-key', 'wrong-key', 'newer-format', 'no-job'];

/** How a watch fares, kept in its file, and what became of each job last. */
export class WatchRecord {
  readonly #file: HealthFile;
  readonly #asFailure: (error: unknown) => BmcloudError;
  readonly #outcomes = new Map<string, JobOutcome>();
  #health: WatchHealth;

  constructor(file: HealthFile, health: WatchHealth, asFailure: (error: unknown) => BmcloudError) {
    this.#file = file;
    this.#health = health;
    this.#asFailure = asFailure;
  }

  get health(): WatchHealth {
    return this.#health;
  }

  get outcomes(): JobOutcome[] {
    return [...this.#outcomes.values()];
  }

  /** @throws the error of a job, where no job of the watch could ever begin */
  async note(event: WatchEvent, now: Date): Promise<void> {
    const { healthAfter } = await import('../index.ts');
    this.#health = healthAfter(this.#health, event, now);
    await this.#file.write(this.#health);
    const outcome = this.#outcomeOf(event);
    if (!outcome) return;
    this.#outcomes.set(outcome.job, outcome);
    if (outcome.error && this.#isHopeless) throw outcome.error;
  }

  #outcomeOf(event: WatchEvent): JobOutcome | undefined {
    if (event.type === 'unchanged') return { job: event.job };
    if (event.type === 'pushed') return { job: event.job, result: event.result };
    if (event.type === 'failed') return { job: event.job, error: this.#asFailure(event.error) };
    return undefined;
  }

  /** In its first round only: what worked once may work again. */
  get #isHopeless(): boolean {
    const isFirstRound = this.#health.jobs.every(({ checks, lastSuccess }) => checks === 1 && !lastSuccess);
    return isFirstRound && this.outcomes.every(({ error }) => isBmcloudError(error, ...hopeless));
  }
}
