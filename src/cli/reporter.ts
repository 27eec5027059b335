import type { BmcloudEvent } from '../model/events.ts';
import type { OutputMode } from './arguments.ts';
import type { Screen } from './environment.ts';
import { jsonReporter } from './reporter-json.ts';
import { textReporter } from './reporter-text.ts';

/** Tells what happens while a command runs. */
export interface Reporter {
  event: (event: BmcloudEvent) => void;
  /** Takes progress off the screen, so that results or a question can stand there. */
  pause: () => void;
  /** Says what was held back; nothing is reported after it. */
  close: () => void;
}

export interface ReporterOptions {
  mode: OutputMode;
  quiet: boolean;
  verbose: boolean;
  progress: boolean;
  /** Skipped paths that are told at once, unless all are; 0: none. */
  skippedShown: number;
  stdout: Screen;
  stderr: Screen;
  /** Milliseconds of a clock that never goes back. */
  clock: () => number;
}

export function reporterFor(options: ReporterOptions): Reporter {
  return options.mode === 'json-stream' ? jsonReporter(options) : textReporter(options);
}
