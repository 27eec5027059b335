import { BmcloudError } from '../errors.ts';

/*
 * Moments as people name them: which snapshot is meant by `--at`.
 */

export type Moment =
  | { latest: true }
  /**
   * `through`: the last instant the words cover, where they name more than one (`yesterday`, `18:00`). A snapshot that is listed
   * with that day, minute or second is meant by it, whenever in it it began.
   */
  | { time: Date; through?: Date }
  /** The first hexadecimal digits of a snapshot's id. */
  | { snapshot: string };

/**
 * What a user's words mean: `latest`; an ISO 8601 time, with a zone or local; `today`, `yesterday`, both with a time of day or
 * without; `2 hours ago`; or at least four digits of a snapshot's id. A local time that a clock change repeats is the first of the
 * two, one that it skips is moved forward.
 * @param now what relative words count from; its local time zone is that of the user.
 * @throws `usage` with examples
 */
export function parseMoment(text: string, now: Date): Moment {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
  if (words === 'latest') return { latest: true };
  if (words === 'now') return { time: now };
  const moment = parseAgo(words, now) ?? parseDay(words, now) ?? parseIso(words);
  if (moment) return moment;
  if (/^[0-9a-f]{4,32}$/.test(words)) return { snapshot: words };
  throw new BmcloudError('usage', `"${text}" is not a time, and not the id of a snapshot`, {
    hint: 'Write for example "2026-11-19 18:00", "2026-11-19T18:00:00Z", "yesterday 18:00", "2 hours ago", latest, or an id as "bmcloud snapshots" shows it',
  });
}

const milliseconds: Record<string, number> = { second: 1000, minute: 60_000, hour: 3_600_000 };

/** Hours and less are counted by the clock that never changes; days and more by the calendar, at the same time of day. */
function parseAgo(words: string, now: Date): Moment | undefined {
  const match = /^(\d{1,6}|an?|one) (second|minute|hour|day|week|month|year)s? ago$/.exec(words);
  if (!match) return undefined;
  const count = /^\d/.test(match[1] as string) ? Number(match[1]) : 1;
  const unit = match[2] as string;
  const exact = milliseconds[unit];
  return {
    time: exact === undefined ? calendarAgo(now, count, unit) : new Date(now.getTime() - count * exact),
  };
}

function calendarAgo(now: Date, count: number, unit: string): Date {
  const time = new Date(now);
  if (unit === 'day' || unit === 'week') {
    time.setDate(time.getDate() - count * (unit === 'week' ? 7 : 1));
    return time;
  }
  const day = time.getDate();
  time.setDate(1);
  time.setMonth(time.getMonth() - count * (unit === 'year' ? 12 : 1));
  // A month ago on the 31st is the last day of a shorter month.
  time.setDate(Math.min(day, new Date(time.getFullYear(), time.getMonth() + 1, 0).getDate()));
  return time;
}

function parseDay(words: string, now: Date): Moment | undefined {
  const match = /^(today|yesterday)(?:(?: at)? (\d{1,2}:\d{2}(?::\d{2})?))?$/.exec(words);
  if (!match) return undefined;
  const day = now.getDate() - (match[1] === 'yesterday' ? 1 : 0);
  const date: Calendar = { year: now.getFullYear(), month: now.getMonth() + 1, day };
  return localMoment(date, match[2]);
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[t ](\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?(z|[+-]\d{2}(?::?\d{2})?)?)?$/;

function parseIso(words: string): Moment | undefined {
  const match = ISO.exec(words);
  if (!match) return undefined;
  const [, year, month, day, clock, zone] = match;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  if (!isCalendarDay(date)) return undefined;
  if (zone === undefined) return localMoment(date, clock);
  const parsed = parseClock(clock as string);
  const offset = offsetMinutes(zone);
  if (!parsed || offset === undefined) return undefined;
  const start = Date.UTC(date.year, date.month - 1, date.day, 0, -offset) + parsed.ofDay;
  return { time: new Date(start), through: new Date(start + parsed.covers - 1) };
}

interface Calendar {
  year: number;
  month: number;
  day: number;
}

function isCalendarDay({ year, month, day }: Calendar): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Without a time of day: the whole day, which a clock change makes longer or shorter. */
function localMoment({ year, month, day }: Calendar, clock: string | undefined): Moment | undefined {
  if (clock === undefined) {
    const next = new Date(year, month - 1, day + 1);
    return { time: new Date(year, month - 1, day), through: new Date(next.getTime() - 1) };
  }
  const parsed = parseClock(clock);
  if (!parsed) return undefined;
  const time = new Date(year, month - 1, day, 0, 0, 0, parsed.ofDay);
  return { time, through: new Date(time.getTime() + parsed.covers - 1) };
}

/** Milliseconds since midnight, and how many the words cover. */
function parseClock(clock: string): { ofDay: number; covers: number } | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = clock
    .split(':')
    .map((part) => Number(part.replace(',', '.')));
  if (hours > 23 || minutes > 59 || seconds >= 60) return undefined;
  const covers = clock.split(':').length === 2 ? 60_000 : /[.,]/.test(clock) ? 1 : 1000;
  return { ofDay: (hours * 60 + minutes) * 60_000 + Math.floor(seconds * 1000 + 1e-6), covers };
}
