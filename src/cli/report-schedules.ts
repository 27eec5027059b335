import type { RunInfo, ScheduleInfo } from '../index.ts';
import { formatDuration, formatMinute, formatTime } from './format.ts';
import { type Column, renderFacts, renderTable } from './table.ts';

const columns: Column[] = [
  { title: 'NAME' },
  { title: 'TRIGGER', shrink: 'start' },
  { title: 'NEXT RUN' },
  { title: 'LAST RUN' },
  { title: 'RESULT' },
  { title: 'LAST SUCCESS' },
];

/** The table of `schedule list`, within `width` columns. */
export function schedulesReport(schedules: ScheduleInfo[], width: number): string {
  if (schedules.length === 0)
    return 'Nothing is scheduled: "bmcloud schedule add NAME --daily 02:30 DIR" adds one\n';
  const rows = schedules.map((schedule) => [
    schedule.name,
    schedule.trigger,
    nextOf(schedule),
    startOf(schedule.lastRun),
    schedule.lastRun ? resultOf(schedule.lastRun) : '-',
    startOf(schedule.lastSuccess),
  ]);
  return renderTable(columns, rows, width);
}

function nextOf({ nextRun }: ScheduleInfo): string {
  return nextRun ? formatMinute(nextRun) : 'disabled';
}

function startOf(run: RunInfo | undefined): string {
  return run ? formatMinute(new Date(run.started)) : 'never';
}

const meanings: Record<number, string> = {
  0: 'done',
  3: 'files skipped',
  11: 'busy',
  130: 'interrupted',
};

/** How a run ended: in words, or with its exit code. */
export function resultOf({ state, exitCode }: RunInfo): string {
  if (state !== 'ended' || exitCode === undefined) return state;
  return meanings[exitCode] ?? `failed (${exitCode})`;
}

const installedText = {
  installed: 'yes',
  disabled: 'yes, disabled',
  missing: 'NO: the scheduler does not know it; remove it and add it again',
};

/** What `schedule show` tells. */
export function scheduleReport(
  schedule: ScheduleInfo,
  installed: keyof typeof installedText,
  command: string,
): string {
  return `Schedule ${schedule.name}\n${renderFacts([
    ['Trigger', schedule.trigger],
    ['Next run', nextOf(schedule)],
    ['Runs', command],
    ['In', schedule.directory],
    ['As', schedule.account === 'system' ? 'the system' : 'this user'],
    ['Started by', schedule.scheduler],
    ['Installed', installedText[installed]],
    ['Last run', runText(schedule.lastRun)],
    ['Last success', runText(schedule.lastSuccess)],
    ['Log', schedule.log],
  ])}`;
}

function runText(run: RunInfo | undefined): string {
  if (!run) return 'never';
  const started = new Date(run.started);
  const took =
    run.ended === undefined
      ? ''
      : ` after ${formatDuration(new Date(run.ended).getTime() - started.getTime())}`;
  return `${formatTime(started)}, ${resultOf(run)}${took}`;
}
