import { boolean, string } from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import type { WatchPace } from '../index.ts';
import { usage } from './failure.ts';
import { parseSpan } from './quantities.ts';

/** Flags that say how a watch goes about it. */
export const watchFlags = {
  interval: string({
    helpValue: 'TIME',
    default: '5m',
    summary: 'Between two checks of each job, such as 30s or 5m.',
  }),
  debounce: string({
    helpValue: 'TIME',
    default: '5s',
    summary: 'How long it must be quiet after a change before it is looked at.',
  }),
  'min-distance': string({
    helpValue: 'TIME',
    default: '1m',
    summary: 'From the end of a push of a job to its next check, at least.',
  }),
  events: boolean({
    allowNo: true,
    default: true,
    summary: 'Listen to what the system tells of changes; --no-events relies on the interval alone.',
  }),
  once: boolean({ summary: 'Check each job once, and end.' }),
  status: boolean({ exclusive: ['once', 'metrics'], summary: 'Tell how the watches of this user fare.' }),
  metrics: string({
    helpValue: '[HOST:]PORT',
    exclusive: ['once'],
    summary: 'Serve metrics for Prometheus, such as on 127.0.0.1:9100.',
  }),
} satisfies FlagInput;

const LEAST_INTERVAL = 1000;

/** @throws `usage` */
export function paceOf(flags: { interval: string; debounce: string; 'min-distance': string }): WatchPace {
  const interval = parseSpan(flags.interval, '--interval');
  if (interval < LEAST_INTERVAL) throw usage('--interval: it is at least 1s');
  return {
    interval,
    debounce: parseSpan(flags.debounce, '--debounce'),
    minDistance: parseSpan(flags['min-distance'], '--min-distance'),
  };
}
