import type { Stat } from '../model/entry.ts';
import type { OnEvent } from '../model/events.ts';
import type { LockOwner } from '../model/owner.ts';
import { isHeld } from '../read/transient.ts';
import { mirrorMode } from './judge.ts';
import { type MirrorStatistics, noStatistics, type RecordEntry } from './record.ts';
import type { Failure } from './target-errors.ts';

/** A path that the mirror keeps as it was. */
export interface MirrorSkipped extends Failure {
  path: string;
  /** Who holds it, where that is known. */
  owners?: LockOwner[];
}

/** Who holds each of some files, in their order. */
export type AskOwners = (paths: string[]) => Promise<{ owners: LockOwner[] }[]>;

/** The system is asked about so many files. */
const MOST_ASKED = 200;

/** Counts what a run does, and tells it. */
export class Outcome {
  readonly #tell: OnEvent;
  readonly skipped: MirrorSkipped[] = [];
  statistics: MirrorStatistics;
  /** Whether anything in the folder is other than it was. */
  changed = false;
  /** Entries that no mirror has: pipes, sockets, devices. */
  leftOut = 0;
  /** Files that changed each time they were read. */
  changing = 0;
  /** Files looked at, and bytes copied. */
  seen = 0;
  bytesCopied = 0;
  /** The mode that the mirror itself shall have. */
  rootMode: number | undefined;
  #totals: { totalFiles?: number; totalBytes?: number } = {};

  constructor(tell: OnEvent, deletedBefore: number) {
    this.#tell = tell;
    this.statistics = { ...noStatistics, deletedKept: deletedBefore };
  }

  expect(totalFiles: number, totalBytes: number): void {
    this.#totals = { totalFiles, totalBytes };
  }

  root({ type, mode }: Stat): void {
    this.rootMode = mirrorMode({ type, mode });
  }

  leaveOut(): void {
    this.leftOut++;
  }

  /** What the mirror has of a file may be of several moments. */
  tear(path: string): void {
    this.changing++;
    const message = 'it changed each time it was read: what the mirror has of it may be of several moments';
    this.#tell({ type: 'warning', message, path });
  }

  skip(path: string, failure: Failure): void {
    this.skipped.push({ path, ...failure });
  }

  /** What was noted is going to be found once more. */
  forget(): void {
    this.skipped.length = 0;
    this.leftOut = 0;
  }

  /** Only asked for what others hold: looking through all processes is dear. */
  async nameOwners(ask: AskOwners): Promise<void> {
    const held = this.skipped.filter(({ code }) => isHeld(code)).slice(0, MOST_ASKED);
    const answers = held.length === 0 ? [] : await ask(held.map(({ path }) => path));
    for (const [i, skipped] of held.entries()) {
      const { owners = [] } = answers[i] ?? {};
      if (owners.length > 0) skipped.owners = owners;
    }
  }

  /** Once all is known. */
  tellSkipped(): void {
    for (const skipped of this.skipped) this.#tell({ type: 'skipped', ...skipped });
  }

  count({ type, size, tracked, operation }: RecordEntry): void {
    const { statistics } = this;
    if (operation !== 'same') this.changed = true;
    if (type === 'directory') {
      if (operation !== 'deleted') statistics.directories++;
      return;
    }
    if (operation !== 'same') statistics[operation]++;
    if (operation === 'deleted') {
      if (tracked) statistics.deletedKept++;
      return;
    }
    statistics.files++;
    statistics.bytes += size;
    if (tracked) statistics.tracked++;
  }

  progress(current?: string): void {
    this.#tell({
      type: 'progress',
      progress: {
        files: this.seen,
        bytes: this.bytesCopied,
        transferred: 0,
        ...this.#totals,
        ...(current !== undefined && { current }),
      },
    });
  }
}
