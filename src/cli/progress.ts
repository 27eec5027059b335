import type { Phase, Progress } from '../model/events.ts';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from './format.ts';
import { keepEnd, keepStart, textWidth } from './text-width.ts';

/** What there is to tell of an operation under way. */
export interface ProgressState {
  phase: Phase;
  detail?: string | undefined;
  progress?: Progress | undefined;
  /** Bytes a second, of late. */
  rate?: number | undefined;
}

const phaseWords: Record<Phase, string> = {
  opening: 'Opening the repository',
  waiting: 'Waiting',
  scanning: 'Backing up',
  committing: 'Saving the snapshot',
  planning: 'Planning',
  restoring: 'Restoring',
  verifying: 'Verifying',
  archiving: 'Archiving',
  unpacking: 'Unpacking',
  mirroring: 'Mirroring',
  finishing: 'Finishing',
};

/** Two lines for a terminal: figures, and what is being read or written. */
export function progressLines(state: ProgressState, columns: number): [figures: string, current: string] {
  // The last column stays free: some terminals wrap when it is written.
  const width = Math.max(10, columns - 1);
  const current = state.progress?.current ?? '';
  return [
    keepStart(figuresOf(state, width), width),
    current === '' ? '' : `  ${keepEnd(current, width - 2)}`,
  ];
}

/** One line for a log. */
export function progressLine(state: ProgressState): string {
  const current = state.progress?.current;
  return figuresOf(state, Number.POSITIVE_INFINITY) + (current ? `: ${current}` : '');
}

/** Leaves out the less important figures where there is no room. */
function figuresOf(state: ProgressState, width: number): string {
  const words = phaseWords[state.phase] + (state.detail ? ` ${state.detail}` : '');
  if (!state.progress) return words;
  const figures = figuresByPlace(state, state.progress).filter((figure) => figure.text !== '');
  const line = () => `${words}: ${figures.map((figure) => figure.text).join(' · ')}`;
  while (figures.length > 1 && textWidth(line()) > width) {
    const least = Math.min(...figures.map((figure) => figure.weight));
    figures.splice(
      figures.findIndex((figure) => figure.weight === least),
      1,
    );
  }
  return line();
}

function figuresByPlace(
  { phase, rate }: ProgressState,
  progress: Progress,
): { text: string; weight: number }[] {
  const left = timeLeft(progress, rate);
  return [
    { text: filesOf(progress), weight: 2 },
    { text: bytesOf(progress), weight: 5 },
    { text: transferredOf(progress, phase), weight: 1 },
    { text: rate === undefined ? '' : formatRate(rate), weight: 3 },
    { text: left === undefined ? '' : `${formatDuration(left)} left`, weight: 4 },
  ];
}

function filesOf({ files, totalFiles }: Progress): string {
  const all = totalFiles === undefined ? '' : ` of ${formatCount(totalFiles)}`;
  return `${formatCount(files)}${all} files`;
}

function bytesOf({ bytes, totalBytes }: Progress): string {
  if (!totalBytes) return formatBytes(bytes);
  return `${formatBytes(bytes)} of ${formatBytes(totalBytes)} (${formatPercent(bytes, totalBytes)})`;
}

function transferredOf({ transferred }: Progress, phase: Phase): string {
  return transferred > 0 ? `${formatBytes(transferred)} ${phase === 'scanning' ? 'sent' : 'fetched'}` : '';
}

/** Milliseconds, in whole seconds: tenths would only flicker. */
function timeLeft({ bytes, totalBytes }: Progress, rate: number | undefined): number | undefined {
  if (totalBytes === undefined || !rate) return undefined;
  const seconds = Math.ceil((totalBytes - bytes) / rate);
  return seconds >= 1 ? seconds * 1000 : undefined;
}

const WINDOW_MS = 10_000;

/** The rate over the last ten seconds, from totals. */
export class RateMeter {
  readonly #samples: { time: number; bytes: number }[] = [];

  /** Takes a total; times are milliseconds of a clock that never goes back. */
  add(time: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last && (time - last.time < 200 || bytes < last.bytes)) return;
    this.#samples.push({ time, bytes });
    while (this.#samples.length > 2 && time - this.#samples[0]!.time > WINDOW_MS) this.#samples.shift();
  }

  /** Bytes a second; unknown in the first half second. */
  get rate(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.time - first.time < 500) return undefined;
    return ((last.bytes - first.bytes) / (last.time - first.time)) * 1000;
  }
}
