import type { Phase, Progress } from '../model/events.ts';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from './format.ts';
import { keepEnd, keepStart } from './text-width.ts';

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
  finishing: 'Finishing',
};

/** Two lines for a terminal: figures, and what is being read or written. */
export function progressLines(state: ProgressState, columns: number): [figures: string, current: string] {
  // The last column stays free: some terminals wrap when it is written.
  const width = Math.max(10, columns - 1);
  const current = state.progress?.current ?? '';
  return [keepStart(figuresOf(state), width), current === '' ? '' : `  ${keepEnd(current, width - 2)}`];
}

/** One line for a log. */
export function progressLine(state: ProgressState): string {
  const current = state.progress?.current;
  return figuresOf(state) + (current ? `: ${current}` : '');
}

function figuresOf({ phase, detail, progress, rate }: ProgressState): string {
  const words = phaseWords[phase] + (detail ? ` ${detail}` : '');
  if (!progress) return words;
  const parts = [filesOf(progress), bytesOf(progress)];
  if (progress.transferred > 0)
    parts.push(`${formatBytes(progress.transferred)} ${transferWord[phase] ?? 'transferred'}`);
  if (rate !== undefined) parts.push(formatRate(rate));
  const left = timeLeft(progress, rate);
  if (left !== undefined) parts.push(`${formatDuration(left)} left`);
  return `${words}: ${parts.join(' · ')}`;
}

const transferWord: Partial<Record<Phase, string>> = {
  scanning: 'sent',
  restoring: 'fetched',
  verifying: 'fetched',
};

function filesOf({ files, totalFiles }: Progress): string {
  return totalFiles === undefined
    ? `${formatCount(files)} files`
    : `${formatCount(files)} of ${formatCount(totalFiles)} files`;
}

function bytesOf({ bytes, totalBytes }: Progress): string {
  if (!totalBytes) return formatBytes(bytes);
  return `${formatBytes(bytes)} of ${formatBytes(totalBytes)} (${formatPercent(bytes, totalBytes)})`;
}

function timeLeft({ bytes, totalBytes }: Progress, rate: number | undefined): number | undefined {
  if (totalBytes === undefined || !rate) return undefined;
  const seconds = (totalBytes - bytes) / rate;
  // Tenths of a second would only flicker.
  return seconds >= 1 ? Math.ceil(seconds) * 1000 : undefined;
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
