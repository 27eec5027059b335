import { performance } from 'node:perf_hooks';
import { isBmcloudError } from './errors.ts';
import { type PushOptions, type PushResult, push } from './push.ts';
import type { Repository } from './repository/repository.ts';
import { unpushed } from './unpushed.ts';
import { Alarm } from './watch/alarm.ts';
import { Followed, type Subscribe, systemSubscribe } from './watch/change-events.ts';
import { Leftover } from './watch/leftover.ts';
import { type CheckReason, JobPace, type Pace } from './watch/pace.ts';
import { type Clocks, PassedTime } from './watch/passed-time.ts';

export type { CheckReason, Clocks, Pace as WatchPace, Subscribe };

/** A job to keep backed up. */
export interface WatchJob {
  /** In what is told. */
  name: string;
  /** Asked before each check, so that a repository that could not be opened is tried again. */
  repository: () => Promise<Repository>;
  options: PushOptions;
  /** What pushes it. Default: `push`. */
  push?: (repository: Repository, options: PushOptions) => Promise<PushResult>;
}

/** How jobs are watched. */
export interface WatchOptions extends Partial<Pace> {
  /** Check every job once, and end. */
  once?: boolean;
  /** What tells of changes between checks; false: nothing. Default: the operating system. */
  events?: Subscribe | false;
  /** Interrupts what is under way, keeps what is done, and ends. */
  signal?: AbortSignal;
  /** Lets what is under way come to its end, and ends. */
  stop?: AbortSignal;
  clocks?: Clocks;
  /** 0 … 1. */
  random?: () => number;
}

/** What became of a check. */
export type CheckOutcome =
  /** `left`: differences that the last push could do nothing about, tried again later. */
  | { type: 'unchanged'; job: string; left: number }
  | { type: 'pushed'; job: string; result: PushResult }
  /** Another push of the job runs on this machine. `wait`: milliseconds until the next attempt. */
  | { type: 'busy'; job: string; wait: number }
  | { type: 'failed'; job: string; error: unknown; failures: number; wait: number };

/** What happens while jobs are watched. */
export type WatchEvent =
  | { type: 'watching'; jobs: string[] }
  | { type: 'checking'; job: string; reason: CheckReason }
  | { type: 'pushing'; job: string; differences: number | 'all' }
  | CheckOutcome
  /** From now on changes below the directory are found at intervals alone. */
  | { type: 'no-events'; job: string; directory: string; message: string }
  /** The system tells of them again. */
  | { type: 'events'; job: string; directory: string };

const defaultPace: Pace = { interval: 300_000, debounce: 5000, minDistance: 60_000 };
const systemClocks: Clocks = { steady: () => performance.now(), wall: () => Date.now() };

/**
 * Keeps jobs backed up: looks at each of them every so often, and when the system tells of a change; pushes those that differ from
 * what their last push left. One after the other, never two at once. What fails is tried again, ever more rarely.
 *
 * It ends when a signal says so, or after one round with `once`; leaving the iteration early ends it, too.
 */
export async function* watch(jobs: WatchJob[], options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
  const { signal, stop, once = false } = options;
  const time = new PassedTime(options.clocks ?? systemClocks);
  const alarm = new Alarm();
  const news: WatchEvent[] = [];
  const watched = jobs.map((job) => new WatchedJob(job, options, { time, alarm, news }));
  const isOver = () => signal?.aborted || stop?.aborted || (once && watched.every((job) => job.wasChecked));
  for (const one of [signal, stop]) one?.addEventListener('abort', alarm.ring);
  try {
    yield { type: 'watching', jobs: jobs.map(({ name }) => name) };
    while (!isOver()) {
      yield* news.splice(0);
      const next = soonest(once ? watched.filter((job) => !job.wasChecked) : watched);
      const wait = next === undefined ? Number.POSITIVE_INFINITY : next.due().at - time.now();
      if (next && wait <= 0) yield* next.check();
      else await alarm.wait(wait);
    }
    yield* news.splice(0);
  } finally {
    for (const one of [signal, stop]) one?.removeEventListener('abort', alarm.ring);
    for (const job of watched) await job.close();
  }
}

function soonest(watched: WatchedJob[]): WatchedJob | undefined {
  return watched.toSorted((a, b) => a.due().at - b.due().at)[0];
}

interface Surroundings {
  time: PassedTime;
  alarm: Alarm;
  /** Told between two checks. */
  news: WatchEvent[];
}

/** One job: when it is due, what was left of it, and what tells of its changes. */
class WatchedJob {
  readonly #job: WatchJob;
  readonly #signal: AbortSignal | undefined;
  readonly #time: PassedTime;
  readonly #pace: JobPace;
  readonly #leftover = new Leftover();
  readonly #followed: Followed | undefined;
  wasChecked = false;

  constructor(job: WatchJob, options: WatchOptions, { time, alarm, news }: Surroundings) {
    this.#job = job;
    this.#signal = options.signal;
    this.#time = time;
    this.#pace = new JobPace(paceOf(options), options.random ?? Math.random);
    const { events: subscribe = systemSubscribe, once = false } = options;
    if (subscribe === false || once) return;
    this.#followed = new Followed({
      subscribe,
      ignored: job.options.ownDirectories,
      onChange: () => {
        this.#pace.changed(time.now());
        alarm.ring();
      },
      onTrouble: (directory, message) => news.push({ type: 'no-events', job: job.name, directory, message }),
      onWorking: (directory) => news.push({ type: 'events', job: job.name, directory }),
    });
  }

  due(): ReturnType<JobPace['due']> {
    return this.#pace.due();
  }

  /** One check, and the push where there is something to push. */
  async *check(): AsyncGenerator<WatchEvent> {
    const { name: job } = this.#job;
    yield { type: 'checking', job, reason: this.due().reason };
    this.#pace.begin();
    this.wasChecked = true;
    try {
      yield yield* this.#pushIfChanged();
    } catch (error) {
      // Whatever breaks after an interruption broke because of it.
      if (!this.#signal?.aborted) yield this.#failure(error);
    }
  }

  async close(): Promise<void> {
    await this.#followed?.close();
  }

  async *#pushIfChanged(): AsyncGenerator<WatchEvent, CheckOutcome> {
    const { name: job, options, push: pushes = push } = this.#job;
    const repository = await this.#job.repository();
    const begin = this.#time.now();
    const { digest, differences } = await unpushed(repository, options, async (roots) =>
      this.#followed?.follow(roots),
    );
    const took = this.#time.now() - begin;
    const verdict = this.#leftover.verdict(digest, this.#time.now());
    if (differences === 0 || (verdict === 'wait' && differences !== 'all')) {
      this.#pace.ended(this.#time.now(), took, false);
      return { type: 'unchanged', job, left: differences };
    }
    yield { type: 'pushing', job, differences };
    // Seen again after a push that found nothing to store: only a snapshot settles it.
    const skipUnchanged = verdict === 'push';
    const signal = this.#signal && { signal: this.#signal };
    const result = await pushes(repository, { ...options, skipUnchanged, waitForLock: false, ...signal });
    this.#leftover.pushed(digest, this.#time.now());
    const isStored = result.snapshot !== undefined;
    this.#pace.ended(this.#time.now(), took, isStored);
    return isStored ? { type: 'pushed', job, result } : { type: 'unchanged', job, left: 0 };
  }

  #failure(error: unknown): CheckOutcome {
    const { name: job } = this.#job;
    if (isBmcloudError(error, 'busy')) return { type: 'busy', job, wait: this.#pace.busy(this.#time.now()) };
    const wait = this.#pace.failed(this.#time.now());
    return { type: 'failed', job, error, failures: this.#pace.failures, wait };
  }
}

function paceOf({ interval, debounce, minDistance }: WatchOptions): Pace {
  return {
    interval: interval ?? defaultPace.interval,
    debounce: debounce ?? defaultPace.debounce,
    minDistance: minDistance ?? defaultPace.minDistance,
  };
}
