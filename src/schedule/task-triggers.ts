import { BmcloudError } from '../errors.ts';
import { type CronTimes, eitherDay, isEvery } from './cron-times.ts';
import { escapeXml } from './quoting.ts';

/** Minutes of the day at equal distances. */
export interface Progression {
  first: number;
  last: number;
  /** Minutes; 0 when there is only one. */
  step: number;
}

const DAY = 24 * 60;
/** The Task Scheduler's own limit. */
const MOST_TRIGGERS = 48;

/**
 * The `<Triggers>` of a task.
 * @param day local day on which they begin to count, `YYYY-MM-DD`
 * @throws `usage` when it takes more triggers than a task may have
 */
export function triggersXml(times: CronTimes, day: string): string {
  const triggers = eitherDay(times).flatMap((part) =>
    progressionsOf(minutesOfDay(part)).map((progression) => triggerXml(part, progression, day)),
  );
  if (triggers.length <= MOST_TRIGGERS) return triggers.join('');
  throw new BmcloudError(
    'usage',
    `The Task Scheduler would need ${triggers.length} triggers for this --cron`,
    {
      hint: `It takes ${MOST_TRIGGERS}: use a simpler one, or --every`,
    },
  );
}

/** An ended watch is begun again so often, in minutes. */
const AGAIN = 5;

/**
 * The `<Triggers>` of a watch: when the system starts, or a user logs on, and again and again. While it runs, that is ignored.
 * @param user of whose logon; absent: of nobody's
 * @param day as above
 */
export function watchTriggersXml(user: string | undefined, day: string): string {
  const enabled = '<Enabled>true</Enabled>';
  const first =
    user === undefined
      ? `    <BootTrigger>${enabled}</BootTrigger>\n`
      : `    <LogonTrigger>${enabled}<UserId>${escapeXml(user)}</UserId></LogonTrigger>\n`;
  return `${first}${endlessXml(AGAIN, `<StartBoundary>${day}T00:00:00</StartBoundary>`)}`;
}

function endlessXml(step: number, start: string): string {
  const repetition = `<Repetition><Interval>PT${step}M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>`;
  return `    <TimeTrigger>${repetition}${start}<Enabled>true</Enabled></TimeTrigger>\n`;
}

function minutesOfDay({ hours, minutes }: CronTimes): number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
}

/** Sorted minutes as few progressions: all at once, by hour, or by minute, whichever takes the fewest. */
export function progressionsOf(sorted: number[]): Progression[] {
  const by = (key: (minute: number) => number) =>
    [...Map.groupBy(sorted, key).values()].flatMap((group) => split(group));
  const ways = [split(sorted), by((minute) => minute % 60), by((minute) => Math.floor(minute / 60))];
  return ways.reduce((best, way) => (way.length < best.length ? way : best));
}

function split(sorted: number[]): Progression[] {
  const found: Progression[] = [];
  for (const minute of sorted) {
    const last = found.at(-1);
    if (last && (last.step === 0 || minute - last.last === last.step)) {
      last.step = minute - last.last;
      last.last = minute;
    } else found.push({ first: minute, last: minute, step: 0 });
  }
  return found;
}

function triggerXml(times: CronTimes, progression: Progression, day: string): string {
  const { first, step } = progression;
  const start = `<StartBoundary>${day}T${clock(first)}:00</StartBoundary>`;
  const isDaily = isEvery(times, 'days') && isEvery(times, 'weekdays') && isEvery(times, 'months');
  // Round the clock: one trigger that never ends. With longer steps it would drift off at a clock change.
  if (isDaily && isRoundTheClock(progression) && step <= 60) return endlessXml(step, start);
  const schedule = isDaily ? '<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>' : daysXml(times);
  return `    <CalendarTrigger>${repetitionXml(progression)}${start}<Enabled>true</Enabled>${schedule}</CalendarTrigger>\n`;
}

function isRoundTheClock({ first, last, step }: Progression): boolean {
  return step > 0 && last + step - DAY === first;
}

/** The last one counts too, so it ends a minute later. */
function repetitionXml({ first, last, step }: Progression): string {
  if (step === 0) return '';
  return `<Repetition><Interval>PT${step}M</Interval><Duration>PT${last - first + 1}M</Duration><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>`;
}

const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthNames =
  'January February March April May June July August September October November December'.split(' ');

function daysXml(times: CronTimes): string {
  const weekdays = `<DaysOfWeek>${times.weekdays.map((day) => `<${weekdayNames[day]} />`).join('')}</DaysOfWeek>`;
  const months = `<Months>${times.months.map((month) => `<${monthNames[month - 1]} />`).join('')}</Months>`;
  if (isEvery(times, 'weekdays')) {
    const days = times.days.map((day) => `<Day>${day}</Day>`).join('');
    return `<ScheduleByMonth><DaysOfMonth>${days}</DaysOfMonth>${months}</ScheduleByMonth>`;
  }
  if (isEvery(times, 'months'))
    return `<ScheduleByWeek><WeeksInterval>1</WeeksInterval>${weekdays}</ScheduleByWeek>`;
  const weeks = ['1', '2', '3', '4', 'Last'].map((week) => `<Week>${week}</Week>`).join('');
  return `<ScheduleByMonthDayOfWeek><Weeks>${weeks}</Weeks>${weekdays}${months}</ScheduleByMonthDayOfWeek>`;
}

function clock(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
