import type { PushResult } from '../index.ts';
import type { ConfigValues } from './config-schema.ts';
import type { Environment } from './environment.ts';
import { plural } from './format.ts';
import { runJobHook } from './job-hooks.ts';
import { notify } from './notify.ts';
import { ownerName } from './report-skipped.ts';
import { logSkipped, skippedLog } from './skipped-log.ts';

export interface SkipListeners {
  notify: boolean;
  hooks: NonNullable<ConfigValues['hooks']>;
}

export interface SkipSurroundings {
  environment: Environment;
  /** Where the log is. */
  logs: string;
  /** Where the hook starts. */
  directory: string;
  warn: (message: string) => void;
  signal: AbortSignal;
}

/**
 * Tells of skipped files by the log, the desktop and the user's hook. None of them can fail the push.
 * @returns the log that names them; undefined where nothing was skipped or nothing could be written
 */
export async function afterSkips(
  { skipped, statistics, job, snapshot, end }: PushResult,
  listeners: SkipListeners,
  { environment, logs, directory, warn, signal }: SkipSurroundings,
): Promise<string | undefined> {
  const count = statistics.skipped;
  if (count === 0) return undefined;
  const files = skipped.map(({ path, reason, code, owners = [], attempts = 1, tried = [] }) => ({
    time: end,
    job: job.name,
    path,
    reason,
    code,
    owners,
    attempts,
    tried,
  }));
  const unwritten = await logSkipped(logs, files);
  const problems = [unwritten];
  if (listeners.notify) problems.push(await notify(notification(skipped, count, job.name), environment));
  const facts = { job: job.name, snapshot, skipped };
  const variables = { BMCLOUD_SKIPPED: String(count) } as const;
  const surroundings = { environment, directory, signal };
  problems.push(await runJobHook('onSkipped', listeners.hooks, facts, variables, surroundings));
  for (const problem of problems) if (problem !== undefined) warn(problem);
  return unwritten === undefined ? skippedLog(logs) : undefined;
}

function notification(skipped: PushResult['skipped'], count: number, job: string) {
  const [first] = skipped;
  const [owner] = first?.owners ?? [];
  const held = owner ? `, held by ${ownerName(owner)}` : '';
  const more = count > 1 ? `, and ${plural(count - 1, 'more path')}` : '';
  return {
    title: `Backup of ${job}: ${plural(count, 'path')} skipped`,
    text: `${first?.path}${held}${more}`,
  };
}
