import { BmcloudError } from '../errors.ts';
import { type CronTimes, parseCron } from './cron-times.ts';
import { nextTime } from './next-time.ts';

/** When a schedule runs, by the clock of this machine. */
export type Trigger =
  /** Minutes; counted from midnight. */
  | { every: number }
  /** `HH:MM`. */
  | { daily: string }
  /** Five fields, as in a crontab. */
  | { cron: string }
  /** When the machine or the session starts, and again whenever it ended: `bmcloud watch` instead of pushes. */
  | { watch: true };

const HOUR = 60;
const DAY = 24 * HOUR;

/**
 * `15m`, `2h`, `1d`: a length that divides an hour, or hours that divide a day. Only those come at the same times of every day, on
 * every system, so that the next run is known.
 * @throws `usage`
 */
export function parseEvery(text: string): Trigger {
  const match = /^(\d{1,4})\s*(m|min|h|d)$/i.exec(text.trim());
  const unit = match?.[2]?.toLowerCase();
  const minutes = Number(match?.[1]) * (unit === 'd' ? DAY : unit === 'h' ? HOUR : 1);
  if (minutes > 0 && (HOUR % minutes === 0 || (minutes % HOUR === 0 && DAY % minutes === 0)))
    return { every: minutes };
  throw new BmcloudError('usage', `--every: "${text}" is not a part of an hour or of a day`, {
    hint: 'Write 1m, 5m, 10m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h or 1d; for anything else use --cron',
  });
}

/** `2:30` or `02:30`. @throws `usage` */
export function parseDaily(text: string): Trigger {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const [hour, minute] = [Number(match?.[1]), Number(match?.[2])];
  if (hour <= 23 && minute <= 59) return { daily: `${two(hour)}:${two(minute)}` };
  throw new BmcloudError('usage', `--daily: "${text}" is not a time of day`, {
    hint: 'Write for example 02:30',
  });
}

/** Five fields of a crontab, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. @throws `usage` */
export function parseCronTrigger(text: string): Trigger {
  const cron = text.trim().replace(/\s+/g, ' ');
  const times = parseCron(cron);
  if (nextTime(times, new Date(2000, 0, 1))) return { cron };
  throw new BmcloudError('usage', `--cron: "${text}" is a day that never comes`, {
    hint: 'Check the day of the month against the month',
  });
}

/** The minutes at which a trigger fires. @throws `scheduler` for a watch, which a clock does not start */
export function timesOf(trigger: Trigger): CronTimes {
  if ('watch' in trigger) {
    throw new BmcloudError('scheduler', 'cron cannot keep a watch running', {
      hint: 'Let what starts services here run "bmcloud watch", or use --every 5m',
    });
  }
  if ('cron' in trigger) return parseCron(trigger.cron);
  if ('daily' in trigger) {
    const [hour, minute] = trigger.daily.split(':').map(Number);
    return parseCron(`${minute} ${hour} * * *`);
  }
  const { every } = trigger;
  return parseCron(
    every < HOUR ? `*/${every} * * * *` : every < DAY ? `0 */${every / HOUR} * * *` : '0 0 * * *',
  );
}

/** The first moment after `now` at which it fires, as far as can be known: the system's own scheduler decides. */
export function nextRun(trigger: Trigger, now: Date): Date | undefined {
  if ('watch' in trigger) return undefined;
  return nextTime(timesOf(trigger), now);
}

/** The trigger as it is given on the command line, without dashes. */
export function triggerText(trigger: Trigger): string {
  if ('watch' in trigger) return 'watch';
  if ('cron' in trigger) return `cron ${trigger.cron}`;
  if ('daily' in trigger) return `daily ${trigger.daily}`;
  const { every } = trigger;
  return `every ${every === DAY ? '1d' : every % HOUR === 0 ? `${every / HOUR}h` : `${every}m`}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
