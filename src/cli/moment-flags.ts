import { string } from '@oclif/core/flags';
import type { Moment } from '../index.ts';
import type { Environment } from './environment.ts';

/** Which snapshot: the newest at or before a time. */
export const atFlag = {
  at: string({
    helpValue: 'TIME',
    default: 'latest',
    summary:
      'The newest snapshot at or before TIME: "2026-11-19 18:00", "yesterday 18:00", "2 hours ago", latest, or a snapshot id.',
  }),
};

/** @throws `usage`, with examples */
export async function momentOf(text: string, environment: Pick<Environment, 'now'>): Promise<Moment> {
  const { parseMoment } = await import('../index.ts');
  return parseMoment(text, environment.now());
}

/** A plain point in time, for filters: the end of a minute or a day that is named, where `end` says so. @throws `usage` */
export async function timeOf(
  text: string,
  flag: string,
  environment: Pick<Environment, 'now'>,
  end = false,
): Promise<Date> {
  const moment = await momentOf(text, environment);
  if ('time' in moment) return (end && moment.through) || moment.time;
  const { usage } = await import('./failure.ts');
  throw usage(`${flag}: "${text}" is not a time`, 'Write for example "2026-11-19 18:00" or "2 days ago"');
}
