import type { BmcloudEvent, Phase, Progress } from '../model/events.ts';
import { formatDuration, plural } from './format.ts';
import { type ProgressState, progressLine, progressLines, RateMeter } from './progress.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { styleFor } from './style.ts';

const REDRAW_MS = 100;
const LOG_MS = 10_000;
/** Shorter waits would be shown as none. */
const SOON_MS = 50;

type TextOptions = Pick<
  ReporterOptions,
  'quiet' | 'verbose' | 'progress' | 'skippedShown' | 'stderr' | 'clock'
>;

/** Events for people, on stderr: live on a terminal, a line now and then elsewhere. */
export function textReporter(options: TextOptions): Reporter {
  const { stderr, quiet, verbose, skippedShown } = options;
  const style = styleFor(stderr.colour);
  const live = progressDisplay(options);
  let skipped = 0;
  const say = (line: string) => {
    live.pause();
    void stderr.write(`${line}\n`);
  };

  const onSkipped = (event: BmcloudEvent & { type: 'skipped' }) => {
    skipped++;
    if (verbose || skipped <= skippedShown) say(`${style.yellow('Skipped')} ${event.path}: ${event.reason}`);
  };

  let nextRetry = 0;
  // A store in trouble answers badly many times a second: once in a while is enough to know.
  const onRetry = ({ message, wait }: BmcloudEvent & { type: 'retry' }) => {
    if (quiet || (!verbose && options.clock() < nextRetry)) return;
    nextRetry = options.clock() + LOG_MS;
    const when = wait < SOON_MS ? 'at once' : `in ${formatDuration(wait)}`;
    say(`${message}; trying again ${when}`);
  };

  return {
    event: (event) => {
      if (event.type === 'progress') live.progress(event.progress);
      else if (event.type === 'phase') live.phase(event.phase, event.detail);
      else if (event.type === 'skipped') onSkipped(event);
      else if (event.type === 'warning') say(warningText(event, style.yellow));
      else if (event.type === 'retry') onRetry(event);
      else if (!quiet) say(event.message);
    },
    pause: live.pause,
    close: () => {
      const hidden = verbose || skippedShown === 0 ? 0 : skipped - skippedShown;
      if (hidden > 0) say(`… and ${plural(hidden, 'more path')} skipped (--verbose names them all)`);
      live.close();
    },
  };
}

function warningText(event: BmcloudEvent & { type: 'warning' }, yellow: (text: string) => string): string {
  const path = event.path === undefined ? '' : `${event.path}: `;
  return `${yellow('Warning:')} ${path}${event.message}${event.hint === undefined ? '' : `\n  ${event.hint}`}`;
}

interface ProgressDisplay {
  progress: (progress: Progress) => void;
  phase: (phase: Phase, detail: string | undefined) => void;
  pause: () => void;
  close: () => void;
}

function progressDisplay(options: TextOptions): ProgressDisplay {
  if (options.quiet || !options.progress)
    return { progress: () => {}, phase: () => {}, pause: () => {}, close: () => {} };
  const { clock, stderr } = options;
  const paint = stderr.interactive ? terminalPainter(options) : logPainter(options);
  const meter = new RateMeter();
  const state: ProgressState = { phase: 'opening' };
  let next = clock() + (stderr.interactive ? REDRAW_MS : LOG_MS);
  let closed = false;
  const drawIfDue = () => {
    if (closed || clock() < next) return;
    next = clock() + (stderr.interactive ? REDRAW_MS : LOG_MS);
    state.rate = meter.rate;
    paint.draw(state);
  };
  return {
    progress: (progress) => {
      state.progress = progress;
      meter.add(clock(), progress.bytes);
      drawIfDue();
    },
    phase: (phase, detail) => {
      Object.assign(state, { phase, detail, progress: undefined });
      paint.phase(state);
      drawIfDue();
    },
    pause: paint.clear,
    close: () => {
      closed = true;
      paint.clear();
    },
  };
}

interface Painter {
  draw: (state: ProgressState) => void;
  phase: (state: ProgressState) => void;
  clear: () => void;
}

/** Two lines that are written over. */
function terminalPainter({ stderr }: TextOptions): Painter {
  let drawn = false;
  const clear = () => {
    if (drawn) void stderr.write('\r\u001b[1A\u001b[0J');
    drawn = false;
  };
  return {
    draw: (state) => {
      const [figures, current] = progressLines(state, stderr.columns());
      const home = drawn ? '\r\u001b[1A' : '';
      void stderr.write(`${home}\u001b[2K${figures}\n\u001b[2K${current}`);
      drawn = true;
    },
    phase: () => {},
    clear,
  };
}

/** Whole lines; a change of phase only where somebody wants to know everything. */
function logPainter({ stderr, verbose }: TextOptions): Painter {
  return {
    draw: (state) => void stderr.write(`${progressLine(state)}\n`),
    phase: (state) => {
      if (verbose) void stderr.write(`${progressLine(state)}\n`);
    },
    clear: () => {},
  };
}
