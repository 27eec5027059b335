import type { BmcloudError } from '../errors.ts';
import type { JobHealth, KnownWatch, PushResult, WatchEvent } from '../index.ts';
import { failureJson } from './failure.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

export interface WatchLineOptions {
  style: Style;
  /** Pushes, and what went wrong; not every check. */
  quiet: boolean;
  /** What failed is not tried again. */
  once?: boolean;
  now: Date;
  asFailure: (error: unknown) => BmcloudError;
}

/** The line of a log that an event is worth; undefined: none. */
export function watchLine(event: WatchEvent, options: WatchLineOptions): string | undefined {
  const text = textOf(event, options);
  if (text === undefined) return undefined;
  const job = 'job' in event ? `${event.job}: ` : '';
  return `${formatTime(options.now)}  ${job}${text}\n`;
}

function textOf(event: WatchEvent, { style, quiet, once, asFailure }: WatchLineOptions): string | undefined {
  switch (event.type) {
    case 'watching':
      return quiet ? undefined : `Watching ${event.jobs.join(', ')}`;
    case 'checking':
      return quiet ? undefined : 'Checking…';
    case 'pushing':
      return undefined;
    case 'unchanged':
      return quiet ? undefined : `no changes${leftWords(event.left)}`;
    case 'pushed':
      return pushedText(event.result, style);
    case 'busy':
      return `another push of it is running${againIn(event.wait, once)}`;
    case 'failed':
      return `${failedText(asFailure(event.error), style)}${againIn(event.wait, once)}`;
    case 'no-events':
      return `the system tells of no changes below ${event.directory} (${event.message}): checks find them`;
    case 'events':
      return `the system tells of changes below ${event.directory} again`;
  }
}

function leftWords(left: number): string {
  return left === 0
    ? ''
    : `, but for ${plural(left, 'path')} that the last push could not store, or be sure of`;
}

function pushedText(result: PushResult, style: Style): string {
  const { new: added, changed, deleted, skipped, bytesStored } = result.statistics;
  const counts = `${formatCount(added)} new, ${formatCount(changed)} changed, ${formatCount(deleted)} deleted`;
  const took = formatDuration(result.end.getTime() - result.start.getTime());
  const snapshot = result.snapshot === undefined ? '' : `, snapshot ${style.bold(result.snapshot)}`;
  const missed = skipped === 0 ? '' : `; ${style.yellow(`${plural(skipped, 'path')} skipped`)}`;
  const total = formatCount(added + changed + deleted);
  return `${style.green(`pushed ${total}`)} (${counts}; ${formatBytes(bytesStored)} stored in ${took}${snapshot}${missed})`;
}

function failedText(error: BmcloudError, style: Style): string {
  const hint = error.hint === undefined ? '' : `. ${error.hint}`;
  return `${style.red('Error:')} ${error.message}${hint}`;
}

function againIn(wait: number, once = false): string {
  return once ? '' : `; again in ${formatDuration(wait)}`;
}

/** An event as JSON has it. */
export function watchJson(event: WatchEvent, asFailure: WatchLineOptions['asFailure']): object {
  return event.type === 'failed' ? { ...event, error: failureJson(asFailure(event.error)) } : event;
}

/** What `watch --status` tells. */
export function watchesReport(watches: KnownWatch[], style: Style, now: Date): string {
  return watches.map((one) => watchReport(one, style, now)).join('\n');
}

function watchReport(health: KnownWatch, style: Style, now: Date): string {
  const every = `every ${formatDuration(health.interval)}`;
  const state = health.running
    ? `${style.green('Running')}, process ${health.pid}, since ${formatTime(new Date(health.started))}, ${every}`
    : `${style.yellow('Not running')}; last heard of at ${formatTime(new Date(health.updated))}`;
  const facts = health.jobs.flatMap((job) => jobFacts(lastKnown(job, health.running), style, now));
  return `${state}\n${renderFacts(facts)}`;
}

/** What has ended tries nothing again, and is at nothing. */
function lastKnown(job: JobHealth, isRunning: boolean): ReportedJob {
  return isRunning ? job : { ...job, state: 'stopped', retryAt: undefined };
}

type ReportedJob = Omit<JobHealth, 'state'> & { state: JobHealth['state'] | 'stopped' };

function jobFacts(job: ReportedJob, style: Style, now: Date): [string, string][] {
  const { error, retryAt } = job;
  const ago = (time: string | undefined) =>
    time === undefined ? 'never' : `${formatDuration(Math.max(0, now.getTime() - Date.parse(time)))} ago`;
  const facts: [string, string][] = [
    [
      job.name,
      `${error ? style.red('failing') : job.state}; checked ${ago(job.lastCheck)}, pushed ${ago(job.lastPush)}; ` +
        `${plural(job.checks, 'check')}, ${plural(job.pushes, 'push', 'pushes')}`,
    ],
  ];
  if (error) facts.push(['', `${error.message} (${plural(job.failuresInRow, 'failure')} in a row)`]);
  if (retryAt !== undefined) facts.push(['', `tried again at ${formatTime(new Date(retryAt))}`]);
  return facts;
}
