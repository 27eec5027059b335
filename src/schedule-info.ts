import { join } from 'node:path';
import { systemCodeOf } from './errors.ts';
import type { ScheduleRecords } from './schedule/records.ts';
import type { RunRecord, Schedule } from './schedule/schedule.ts';
import { nextRun, triggerText } from './schedule/trigger.ts';

/** A run, for people and programs. */
export type RunInfo = Omit<RunRecord, 'pid'> & { state: 'running' | 'ended' | 'cut off' };

/** A schedule, for people and programs. */
export interface ScheduleInfo extends Omit<Schedule, 'trigger'> {
  /** As on the command line: `every 15m`, `daily 02:30`, `cron 30 2 * * 1-5`. */
  trigger: string;
  /** Absent while it is disabled. */
  nextRun?: Date;
  lastRun?: RunInfo;
  lastSuccess?: RunInfo;
  /** The file that holds what its runs print. */
  log: string;
}

/** What is known of a schedule. */
export async function infoOf(schedule: Schedule, records: ScheduleRecords, now: Date): Promise<ScheduleInfo> {
  const next = schedule.enabled ? nextRun(schedule.trigger, now) : undefined;
  const lastRun = await records.lastRun(schedule.name);
  const lastSuccess = await records.lastSuccess(schedule.name);
  return {
    ...schedule,
    trigger: triggerText(schedule.trigger),
    ...(next && { nextRun: next }),
    ...(lastRun && { lastRun: runInfo(lastRun) }),
    ...(lastSuccess && { lastSuccess: runInfo(lastSuccess) }),
    log: logOf(schedule),
  };
}

function runInfo({ pid, ...run }: RunRecord): RunInfo {
  if (run.ended !== undefined) return { ...run, state: 'ended' };
  return { ...run, state: isAlive(pid) ? 'running' : 'cut off' };
}

/** Signal 0 asks only; no permission to send one means that there is somebody. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCodeOf(error) === 'EPERM';
  }
}

/** The file that holds what its runs print. */
export function logOf({ name, environment }: Schedule): string {
  return join(environment.BMCLOUD_STATE_DIR ?? '', 'logs', `${name}.log`);
}
