import type { OnEvent, Progress } from '../model/events.ts';
import { displayPath } from '../model/path.ts';
import type { SkippedPath } from '../model/snapshot.ts';
import type { Tally } from '../model/tally.ts';
import { isHeld } from '../read/transient.ts';

/** Paths that could not be read which the result names: as many as its log holds. */
const MOST_TOLD = 20_000;
/** What a manifest keeps of them: so many, and so many bytes. */
const MOST_KEPT = 1000;
const MOST_BYTES = 256 * 1024;
/** Progress is told once for so many entries: a reporter draws ten times a second. */
const ENTRIES_A_TELLING = 64;

/** Collects what a push has to tell: progress at once, skipped paths also for the manifest. */
export class PushReport {
  readonly #tell: OnEvent;
  /** The first of them. */
  readonly skipped: SkippedPath[] = [];
  /** All. */
  skippedCount = 0;
  /** Lock files that somebody held: passed over as a matter of course. */
  heldLocks = 0;
  /** Files that the last push had, and that are gone since the scan looked at them. */
  wentAway = 0;
  /** Files that changed as often as they were read. */
  changing = 0;
  /** Sent to the store. */
  stored = 0;
  #files = 0;
  #bytes = 0;
  #unchangedFiles = 0;
  #unchangedBytes = 0;
  #current: string | undefined;
  #total: { totalFiles?: number; totalBytes?: number } = {};

  constructor(tell: OnEvent) {
    this.#tell = tell;
  }

  /** @param native the path as the system shows it */
  skip(skipped: SkippedPath, native: string): void {
    const { path, ...facts } = skipped;
    if (isQuiet(native, skipped.code)) {
      this.heldLocks++;
      return;
    }
    this.skippedCount++;
    this.#tell({ type: 'skipped', ...facts, path: native });
    if (this.skipped.length < MOST_TOLD) this.skipped.push({ ...facts, path: path.slice() });
  }

  /** Those that the manifest names. */
  get kept(): SkippedPath[] {
    let bytes = 0;
    return this.skipped.slice(0, MOST_KEPT).filter((one) => {
      bytes += sizeOfSkipped(one);
      return bytes < MOST_BYTES;
    });
  }

  done(path: Uint8Array, bytes: number): void {
    this.#files++;
    this.#bytes += bytes;
    if (this.#files % ENTRIES_A_TELLING === 0 || bytes > 0) this.progress(displayPath(path));
  }

  /** What was looked at and stays as it is, so far. */
  unchanged({ entries, bytes }: Tally): void {
    this.#unchangedFiles = entries;
    this.#unchangedBytes = bytes;
  }

  /** What there is in all. */
  expect({ entries, bytes }: Tally): void {
    this.#total = { totalFiles: entries, totalBytes: bytes };
  }

  sent(bytes: number): void {
    this.stored += bytes;
    this.progress();
  }

  /** @param current what is being read; as before where nothing is said */
  progress(current?: string): void {
    this.#current = current ?? this.#current;
    const progress: Progress = {
      files: this.#files + this.#unchangedFiles,
      bytes: this.#bytes + this.#unchangedBytes,
      ...this.#total,
      transferred: this.stored,
      ...(this.#current !== undefined && { current: this.#current }),
    };
    this.#tell({ type: 'progress', progress });
  }
}

/** A lock file is data like any other (Cargo.lock); but one that is held only says that its program is running. */
function isQuiet(path: string, code: string): boolean {
  return isHeld(code) && /\.(lock|lck)$/i.test(path);
}

function sizeOfSkipped({ path, reason, code, owners = [], noShadow = '' }: SkippedPath): number {
  const named = owners.reduce((sum, { program, user = '' }) => sum + program.length + user.length + 16, 0);
  return path.length + reason.length + code.length + noShadow.length + named;
}
