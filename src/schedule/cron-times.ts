import { BmcloudError } from '../errors.ts';

/*
 * The five fields of a crontab line. Everything a schedule can say is one of these, so that every system's form is made from it.
 */

/** What each field allows: sorted, without doubles, never empty. */
export interface CronTimes {
  minutes: number[];
  hours: number[];
  /** Of the month. */
  days: number[];
  months: number[];
  /** 0 is Sunday. */
  weekdays: number[];
}

interface Field {
  key: keyof CronTimes;
  what: string;
  least: number;
  most: number;
  names?: string[];
}

const fields: Field[] = [
  { key: 'minutes', what: 'minute', least: 0, most: 59 },
  { key: 'hours', what: 'hour', least: 0, most: 23 },
  { key: 'days', what: 'day of the month', least: 1, most: 31 },
  {
    key: 'months',
    what: 'month',
    least: 1,
    most: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  {
    key: 'weekdays',
    what: 'day of the week',
    least: 0,
    most: 7,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
];

const shorthands: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** @throws `usage`, naming the field */
export function parseCron(text: string): CronTimes {
  const words = (shorthands[text.trim().toLowerCase()] ?? text).trim().split(/\s+/);
  if (words.length !== fields.length) {
    throw unusable(`"${text}" does not have the five fields minute, hour, day, month and weekday`);
  }
  const times = Object.fromEntries(fields.map((field, i) => [field.key, parseField(words[i]!, field)]));
  return times as unknown as CronTimes;
}

function parseField(text: string, field: Field): number[] {
  const values = text.split(',').flatMap((part) => parsePart(part, field));
  // Sunday is 0 and 7.
  const plain = field.key === 'weekdays' ? values.map((value) => value % 7) : values;
  return [...new Set(plain)].sort((a, b) => a - b);
}

/** `*`, `5`, `1-5`, each with `/2` or without. */
function parsePart(part: string, field: Field): number[] {
  const [range = '', step, ...more] = part.split('/');
  const [from, to] = rangeOf(range, step !== undefined, field);
  const by = step === undefined ? 1 : wholeNumber(step, field);
  if (more.length > 0 || by < 1 || from > to) throw wrong(part, field);
  const values: number[] = [];
  for (let value = from; value <= to; value += by) values.push(value);
  return values;
}

function rangeOf(range: string, isStepped: boolean, field: Field): [number, number] {
  if (range === '*') return [field.least, field.key === 'weekdays' ? 6 : field.most];
  const [first = '', last, ...more] = range.split('-');
  if (more.length > 0) throw wrong(range, field);
  const from = numberOf(first, field);
  if (last !== undefined) return [from, numberOf(last, field)];
  return [from, isStepped ? field.most : from];
}

function numberOf(text: string, field: Field): number {
  const named = text === '' ? -1 : (field.names?.indexOf(text.toLowerCase()) ?? -1);
  const value = named >= 0 ? named : wholeNumber(text, field);
  if (value < field.least || value > field.most) throw wrong(text, field);
  return value;
}

function wholeNumber(text: string, field: Field): number {
  if (!/^\d{1,2}$/.test(text)) throw wrong(text, field);
  return Number(text);
}

function wrong(text: string, { what }: Field): BmcloudError {
  return unusable(`"${text}" cannot be a ${what}`);
}

function unusable(problem: string): BmcloudError {
  return new BmcloudError('usage', `--cron: ${problem}`, {
    hint: 'Write for example "30 2 * * 1-5": minute, hour, day of the month, month, day of the week (0 is Sunday)',
  });
}

/** Whether a field allows everything, so that it restricts nothing. */
export function isEvery(times: CronTimes, key: keyof CronTimes): boolean {
  const field = fields.find((candidate) => candidate.key === key)!;
  const most = key === 'weekdays' ? 6 : field.most;
  return times[key].length === most - field.least + 1;
}

/**
 * The same times, as parts in which at most one of day and weekday is restricted: where both are, cron runs on the days that match
 * either, and other schedulers on those that match both.
 */
export function eitherDay(times: CronTimes): CronTimes[] {
  if (isEvery(times, 'days') || isEvery(times, 'weekdays')) return [times];
  const anyDay = Array.from({ length: 31 }, (_, i) => i + 1);
  return [
    { ...times, weekdays: [0, 1, 2, 3, 4, 5, 6] },
    { ...times, days: anyDay },
  ];
}

/** As a crontab takes it, in a form that every cron reads alike. */
export function cronText(times: CronTimes): string {
  return fields.map(({ key }) => (isEvery(times, key) ? '*' : listText(times[key]))).join(' ');
}

/** `1-5,8`: neighbours as a range. */
function listText(values: number[]): string {
  return runsOf(values)
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(',');
}

/** First and last of each run of neighbours in sorted numbers. */
export function runsOf(values: number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last && last[1] === value - 1) last[1] = value;
    else runs.push([value, value]);
  }
  return runs;
}
