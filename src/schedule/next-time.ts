import { type CronTimes, isEvery } from './cron-times.ts';

const MINUTE = 60_000;
/** Leap days can be eight years apart. */
const HORIZON = 9 * 366 * 24 * 60 * MINUTE;

/**
 * The first whole minute after `after` whose local time matches; undefined: none does. A time that a clock change skips does not
 * come that day, one that it repeats comes twice.
 */
export function nextTime(times: CronTimes, after: Date): Date | undefined {
  const [minutes, hours] = [new Set(times.minutes), new Set(times.hours)];
  const end = after.getTime() + HORIZON;
  let time = new Date(Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE);
  while (time.getTime() < end) {
    if (!matchesDay(times, time)) time = nextMidnight(time);
    else if (!hours.has(time.getHours())) time = new Date(time.getTime() + (60 - time.getMinutes()) * MINUTE);
    else if (!minutes.has(time.getMinutes())) time = new Date(time.getTime() + MINUTE);
    else return time;
  }
  return undefined;
}

/** As cron has it: where both the day of the month and the weekday are restricted, either is enough. */
export function matchesDay(times: CronTimes, time: Date): boolean {
  if (!times.months.includes(time.getMonth() + 1)) return false;
  const day = times.days.includes(time.getDate());
  const weekday = times.weekdays.includes(time.getDay());
  const isEither = !isEvery(times, 'days') && !isEvery(times, 'weekdays');
  return isEither ? day || weekday : day && weekday;
}

function nextMidnight(time: Date): Date {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate() + 1);
}
