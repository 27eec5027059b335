import path from 'node:path';
import { BmcloudError, type ErrorCode, isBmcloudError, messageOf } from '../errors.ts';
import type { ClaimedJob, HealthFile, WatchEvent, WatchHealth } from '../index.ts';
import type { JobOutcome } from './push-jobs.ts';

/** Where watches tell how they fare. */
export function healthDirectory(state: string): string {
  return path.join(state, 'watch');
}

/** Errors that waiting does not mend: a watch in which no job can begin says so at once. */
const hopeless: ErrorCode[] = ['usage', 'config', 'no-key', 'wrong-key', 'newer-format', 'no-job'];

export interface WatchRecordOptions {
  file: HealthFile;
  health: WatchHealth;
  /** Whatever was thrown, as an error of ours. */
  asFailure: (error: unknown) => BmcloudError;
  warn: (message: string) => void;
}

/** How a watch fares, kept in its file, and what became of each job last. */
export class WatchRecord {
  readonly #file: HealthFile;
  readonly #asFailure: WatchRecordOptions['asFailure'];
  readonly #warn: WatchRecordOptions['warn'];
  readonly #outcomes = new Map<string, JobOutcome>();
  #health: WatchHealth;
  #isWritten = true;

  constructor({ file, health, asFailure, warn }: WatchRecordOptions) {
    this.#file = file;
    this.#health = health;
    this.#asFailure = asFailure;
    this.#warn = warn;
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
    await this.#write();
    const outcome = this.#outcomeOf(event);
    if (!outcome) return;
    this.#outcomes.set(outcome.job, outcome);
    if (outcome.error && this.#isHopeless) throw outcome.error;
  }

  /** Claims other jobs in the place of these. @throws `busy`: then these stay */
  async follow(jobs: ClaimedJob[]): Promise<void> {
    await this.#file.follow(jobs);
  }

  /** Others may watch these jobs from now on. */
  async close(): Promise<void> {
    try {
      await this.#file.close();
    } catch (error) {
      this.#warn(`The lock of this watch could not be released: ${messageOf(error)}`);
    }
  }

  /** Backups go on without it. What fails again and again is said once, until it works again. */
  async #write(): Promise<void> {
    try {
      await this.#file.write(this.#health);
      this.#isWritten = true;
    } catch (error) {
      if (this.#isWritten)
        this.#warn(
          `How the watch fares cannot be written, so "watch --status" is behind: ${messageOf(error)}`,
        );
      this.#isWritten = false;
    }
  }

  #outcomeOf(event: WatchEvent): JobOutcome | undefined {
    if (event.type === 'unchanged') return { job: event.job };
    if (event.type === 'pushed') return { job: event.job, result: event.result };
    if (event.type === 'failed') return { job: event.job, error: this.#asFailure(event.error) };
    if (event.type === 'busy') return { job: event.job, error: busy() };
    return undefined;
  }

  /** In its first round only: what worked once may work again. */
  get #isHopeless(): boolean {
    const isFirstRound = this.#health.jobs.every(({ checks, lastSuccess }) => checks === 1 && !lastSuccess);
    return isFirstRound && this.outcomes.every(({ error }) => isBmcloudError(error, ...hopeless));
  }
}

function busy(): BmcloudError {
  return new BmcloudError('busy', 'Another push of this job is running: it was not pushed', {
    hint: 'Wait until it is done, or stop it',
  });
}
