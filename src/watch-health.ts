import { z } from 'zod/mini';
import { isBmcloudError, messageOf } from './errors.ts';
import type { WatchEvent } from './watch.ts';

const when = z.iso.datetime();
const jobHealth = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'checking', 'pushing', 'busy', 'failed']),
  /** Directories of it that the system tells nothing of: the interval finds their changes. */
  withoutEvents: z.array(z.string()),
  checks: z.number(),
  pushes: z.number(),
  /** Since it began. */
  failures: z.number(),
  /** Since the last check that went well. */
  failuresInRow: z.number(),
  lastCheck: z.optional(when),
  /** The last check that went well, with or without a push. */
  lastSuccess: z.optional(when),
  lastPush: z.optional(when),
  snapshot: z.optional(z.string()),
  /** Paths that the last push found new, changed or deleted. */
  changes: z.optional(z.number()),
  /** Of the last check, if it failed. */
  error: z.optional(z.object({ code: z.string(), message: z.string() })),
  /** When it is tried again after that. */
  retryAt: z.optional(when),
});
/** How a watch fares, as its file has it. */
export const watchHealth = z.object({
  version: z.literal(1),
  pid: z.number(),
  started: when,
  updated: when,
  /** Milliseconds between two checks. */
  interval: z.number(),
  jobs: z.array(jobHealth),
});

/** How a job fares that is watched. */
export type JobHealth = z.infer<typeof jobHealth>;
/** How a watch fares. */
export type WatchHealth = z.infer<typeof watchHealth>;
/** The same of one that may have ended: its last words. */
export type KnownWatch = WatchHealth & { running: boolean };

/** Of a watch that begins now. */
export function newHealth(jobs: string[], interval: number, now: Date): WatchHealth {
  const started = now.toISOString();
  return { version: 1, pid: process.pid, started, updated: started, interval, jobs: jobs.map(newJob) };
}

function newJob(name: string): JobHealth {
  return {
    name,
    state: 'waiting',
    withoutEvents: [],
    checks: 0,
    pushes: 0,
    failures: 0,
    failuresInRow: 0,
  };
}

/** What an event makes of it. */
export function healthAfter(health: WatchHealth, event: WatchEvent, now: Date): WatchHealth {
  const updated = now.toISOString();
  if (event.type === 'watching') {
    const known = new Map(health.jobs.map((job) => [job.name, job]));
    const jobs = event.jobs.map((name) => ({ ...(known.get(name) ?? newJob(name)), withoutEvents: [] }));
    return { ...health, updated, jobs };
  }
  const jobs = health.jobs.map((job) =>
    job.name === event.job ? { ...job, ...changedBy(event, job, now) } : job,
  );
  return { ...health, updated, jobs };
}

type JobEvent = Exclude<WatchEvent, { type: 'watching' }>;

function changedBy(event: JobEvent, job: JobHealth, now: Date): Partial<JobHealth> {
  switch (event.type) {
    case 'checking':
      return { state: 'checking', checks: job.checks + 1, lastCheck: now.toISOString(), retryAt: undefined };
    case 'pushing':
      return { state: 'pushing' };
    case 'unchanged':
      return wentWell(now);
    case 'pushed':
      return { ...wentWell(now), ...pushedBy(event, job, now) };
    case 'busy':
      return { state: 'busy', retryAt: after(now, event.wait) };
    case 'failed':
      return failedBy(event, job, now);
    case 'no-events':
      return { withoutEvents: [...new Set([...job.withoutEvents, event.directory])] };
    case 'events':
      return { withoutEvents: job.withoutEvents.filter((directory) => directory !== event.directory) };
  }
}

function wentWell(now: Date): Partial<JobHealth> {
  return { state: 'waiting', lastSuccess: now.toISOString(), failuresInRow: 0, error: undefined };
}

function pushedBy({ result }: JobEvent & { type: 'pushed' }, job: JobHealth, now: Date): Partial<JobHealth> {
  const { new: added, changed, deleted } = result.statistics;
  return {
    pushes: job.pushes + 1,
    lastPush: now.toISOString(),
    changes: added + changed + deleted,
    ...(result.snapshot !== undefined && { snapshot: result.snapshot }),
  };
}

function failedBy(
  { error, failures, wait }: JobEvent & { type: 'failed' },
  job: JobHealth,
  now: Date,
): Partial<JobHealth> {
  return {
    state: 'failed',
    failures: job.failures + 1,
    failuresInRow: failures,
    error: { code: isBmcloudError(error) ? error.code : 'internal', message: messageOf(error) },
    retryAt: after(now, wait),
  };
}

function after(now: Date, wait: number): string {
  return new Date(now.getTime() + wait).toISOString();
}
