/** How often a job is looked at; all in milliseconds. */
export interface Pace {
  /** Between two checks: the longest a change stays unseen. */
  interval: number;
  /** How long it must be quiet after a change before the job is checked for it. */
  debounce: number;
  /** From the end of a push to the next check. */
  minDistance: number;
}

/** Why a job is checked. */
export type CheckReason = 'start' | 'interval' | 'change' | 'retry';

/** A check that a change brings about comes after this many times what the last look took: large trees are not looked at all the time. */
const REST = 20;
const FIRST_RETRY = 10_000;
const LONGEST_RETRY = 300_000;
const BUSY_RETRY = 30_000;

/** When a job is due. Times are those of `PassedTime`. */
export class JobPace {
  readonly #pace: Pace;
  readonly #random: () => number;
  #checked: { end: number; took: number } | undefined;
  #pushed: number | undefined;
  #changed: number | undefined;
  #retry: number | undefined;
  #failures = 0;

  /** @param random 0 … 1 */
  constructor(pace: Pace, random: () => number) {
    this.#pace = pace;
    this.#random = random;
  }

  /** Attempts that failed since the last one that did not. */
  get failures(): number {
    return this.#failures;
  }

  /** The system told of a change. */
  changed(now: number): void {
    this.#changed = now;
  }

  /** A check begins: what changes from now on is another change. */
  begin(): void {
    this.#changed = undefined;
    this.#retry = undefined;
  }

  /** The check is over, and went well. @param took for the look alone, without the push */
  ended(now: number, took: number, pushed: boolean): void {
    this.#checked = { end: now, took };
    if (pushed) this.#pushed = now;
    this.#failures = 0;
  }

  /** It failed. @returns the wait until the next attempt */
  failed(now: number): number {
    const bound = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this.#failures++);
    // At least half of it: a store in trouble is left alone for a while.
    return this.#wait(now, bound * (0.5 + this.#random() / 2));
  }

  /** Somebody else pushes the job. @returns the wait until the next attempt */
  busy(now: number): number {
    return this.#wait(now, Math.min(this.#pace.interval, BUSY_RETRY));
  }

  /** When it is to be checked next, and why. */
  due(): { at: number; reason: CheckReason } {
    if (this.#retry !== undefined) return { at: this.#retry, reason: 'retry' };
    if (!this.#checked) return { at: 0, reason: 'start' };
    const { interval, minDistance } = this.#pace;
    const soonest = this.#pushed === undefined ? 0 : this.#pushed + minDistance;
    const regular = Math.max(soonest, this.#checked.end + interval);
    const change = this.#dueToChange(this.#checked);
    return change !== undefined && change < regular
      ? { at: Math.max(soonest, change), reason: 'change' }
      : { at: regular, reason: 'interval' };
  }

  #dueToChange({ end, took }: { end: number; took: number }): number | undefined {
    if (this.#changed === undefined) return undefined;
    return Math.max(this.#changed + this.#pace.debounce, end + took * REST);
  }

  #wait(now: number, wait: number): number {
    this.#retry = now + wait;
    return wait;
  }
}
