import type { EntryType } from '../model/entry.ts';
import type { OnEvent, Progress } from '../model/events.ts';
import { displayPath } from '../model/path.ts';

/** Counts what went into an archive, and tells it. */
export class BundleOutcome {
  readonly #tell: OnEvent;
  readonly #totals: Pick<Progress, 'totalFiles' | 'totalBytes'>;
  files = 0;
  directories = 0;
  /** Symbolic links, and further names of files. */
  links = 0;
  /** FIFOs and devices. */
  specials = 0;
  /** Of files. */
  bytes = 0;
  /** Of the archive, so far. */
  archiveBytes = 0;
  /** What the format has no place for: sockets, and in a zip FIFOs and devices. */
  leftOut = 0;
  /** Files that others wrote to while they were read. */
  changed = 0;
  readonly failed: { path: string; reason: string; code: string }[] = [];

  constructor(tell: OnEvent, totals: Pick<Progress, 'totalFiles' | 'totalBytes'> = {}) {
    this.#tell = tell;
    this.#totals = totals;
  }

  add(type: EntryType | 'hard-link', bytes = 0): void {
    if (type === 'file') this.files++;
    else if (type === 'directory') this.directories++;
    else if (type === 'symlink' || type === 'hard-link') this.links++;
    else this.specials++;
    this.bytes += bytes;
  }

  /** @param path as displayed */
  fail(path: string, reason: string, code: string): void {
    this.failed.push({ path, reason, code });
    this.#tell({ type: 'skipped', path, reason, code });
  }

  leaveOut(path: Uint8Array, why: string): void {
    this.leftOut++;
    this.#warn(path, why);
  }

  noteChanged(path: Uint8Array): void {
    this.changed++;
    this.#warn(path, 'it changed while it was read');
  }

  /** @param partly bytes of the current file, which counts when it is whole */
  progress(current?: Uint8Array, partly = 0): void {
    const { files, archiveBytes: transferred } = this;
    const bytes = this.bytes + partly;
    const shown = current && { current: displayPath(current) };
    this.#tell({ type: 'progress', progress: { files, bytes, transferred, ...this.#totals, ...shown } });
  }

  #warn(path: Uint8Array, why: string): void {
    const shown = displayPath(path);
    this.#tell({ type: 'warning', message: why, path: shown });
  }
}
