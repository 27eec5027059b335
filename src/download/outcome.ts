import type { OnEvent } from '../model/events.ts';
import { displayPath } from '../model/path.ts';
import type { Failure } from './failures.ts';

export interface Totals {
  totalFiles?: number | undefined;
  totalBytes?: number | undefined;
}

const LOST = {
  owner: 'The owners of some files could not be set',
  mode: 'The modes of some files could not be set',
  link: 'Some files with several names could not have them: copies stand in their places',
};

/** What a file system may not have. */
export type Lost = keyof typeof LOST;

/** Counts what a restore did, and tells it. */
export class Outcome {
  readonly #tell: OnEvent;
  /** What there is to do, as far as that is known. */
  totals: Totals;
  readonly failed: ({ path: string } & Failure)[] = [];
  /** Written anew or changed. */
  files = 0;
  directories = 0;
  links = 0;
  /** Of files that were written. */
  bytes = 0;
  /** Of these, taken from what was there. */
  reused = 0;
  /** Files that were left as they were. */
  unchanged = 0;
  deleted = 0;
  /** Bytes read from the store. */
  fetched = 0;
  verified = 0;
  readonly #lost = new Set<Lost>();
  readonly #failedPaths = new Set<string>();

  constructor(tell: OnEvent, totals: Totals = {}) {
    this.#tell = tell;
    this.totals = totals;
  }

  get counts() {
    const { files, directories, links, bytes, reused, unchanged, deleted, fetched } = this;
    return { files, directories, links, bytes, reused, unchanged, deleted, fetched };
  }

  /** Told once of each path. */
  fail(path: Uint8Array, failure: Failure): void {
    const shown = displayPath(path);
    if (this.#failedPaths.has(shown)) return;
    this.#failedPaths.add(shown);
    this.failed.push({ path: shown, ...failure });
    this.#tell({ type: 'skipped', path: shown, ...failure });
  }

  hasFailed(path: Uint8Array): boolean {
    return this.#failedPaths.size > 0 && this.#failedPaths.has(displayPath(path));
  }

  /** @param partly bytes of the current file, which counts when it is whole */
  progress(current?: Uint8Array, partly = 0): void {
    const { files, unchanged, fetched } = this;
    const bytes = this.bytes + partly;
    const { totalFiles, totalBytes } = this.totals;
    this.#tell({
      type: 'progress',
      progress: {
        files: files + unchanged,
        bytes,
        transferred: fetched,
        ...(totalFiles !== undefined && { totalFiles }),
        ...(totalBytes !== undefined && { totalBytes }),
        ...(current && { current: displayPath(current) }),
      },
    });
  }

  /** What the system refused to set: one warning for all files. */
  lose(what: Iterable<Lost>): void {
    for (const one of what) {
      if (this.#lost.has(one)) continue;
      this.#lost.add(one);
      const hint = 'The file system of the target may not have them';
      this.#tell({ type: 'warning', message: LOST[one], hint });
    }
  }

  /** What Windows refused to set, and to how many files and directories: one warning for all. */
  refuse(counts: Map<string, number>): void {
    if (counts.size === 0) return;
    const each = Array.from(counts, ([what, count]) => `${what} of ${count}`);
    const message = `Not all that Windows keeps of files and directories could be set: ${each.join(', ')}`;
    const hint = 'Restore as administrator, to a disk with NTFS, or with --no-ownership';
    this.#tell({ type: 'warning', message, hint });
  }

  warn(path: Uint8Array, message: string): void {
    const shown = displayPath(path);
    this.#tell({ type: 'warning', message, path: shown });
  }
}
