import type { BmcloudEvent } from '../model/events.ts';
import { toJson } from './json.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

const EVERY_MS = 1000;

/** Events as JSON lines on stdout; progress at most once a second. */
export function jsonReporter(options: Pick<ReporterOptions, 'stdout' | 'progress' | 'clock'>): Reporter {
  let next = 0;
  const due = () => {
    const now = options.clock();
    if (!options.progress || now < next) return false;
    next = now + EVERY_MS;
    return true;
  };
  return {
    event: (event: BmcloudEvent) => {
      if (event.type !== 'progress' || due()) void options.stdout.write(`${toJson(event)}\n`);
    },
    pause: () => {},
    close: () => {},
  };
}
