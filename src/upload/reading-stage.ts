import type { Difference } from '../diff/diff.ts';
import { noStatistics, type Statistics } from '../model/snapshot.ts';
import { Tally } from '../model/tally.ts';
import type { NativeFiles } from '../native/files.ts';
import type { Journal } from '../repository/local-job.ts';
import type { LockedFiles } from '../repository/locked-files.ts';
import type { Repository } from '../repository/repository.ts';
import { displayNative, nativeOf } from '../scan/native-path.ts';
import { Changes } from './changes.ts';
import type { Hints } from './hints.ts';
import { Ladder } from './ladder.ts';
import { locator } from './locator.ts';
import { LostAttached } from './lost-attached.ts';
import { Outcomes } from './outcomes.ts';
import type { PushOptions, PushPlan } from './plan.ts';
import type { PushReport } from './report.ts';
import { isStored } from './stored.ts';
import type { StripeNotes } from './stripe-notes.ts';
import { askOwners, type ClosableViews, retryPolicy } from './system.ts';
import type { LaneTask, ReadResult } from './tasks.ts';
import { Uploader } from './uploader.ts';

export interface ReadingStageParts {
  repository: Repository;
  plan: PushPlan;
  options: PushOptions;
  /** Absent in a dry run. */
  journal: Journal | undefined;
  /** What earlier pushes learned. */
  locked: LockedFiles;
  views: ClosableViews;
  report: PushReport;
  /** Carries out a task in a lane. */
  run: (task: LaneTask) => Promise<ReadResult[]>;
  /** What tells of files on Windows; absent elsewhere. */
  windows: NativeFiles | undefined;
}

/** From differences to changes in the journal: what must be read is read by the ladder, and counted. */
export class ReadingStage {
  readonly #parts: ReadingStageParts;
  /** What the push puts. */
  readonly put = new Tally();
  readonly statistics: Statistics = { ...noStatistics };
  /** Why files were not read from a frozen view that was wanted for all of them. */
  readonly notFrozen: string[] = [];
  readonly #lost: LostAttached;
  readonly #lateChanges: Changes;
  readonly #ladder: Ladder;
  readonly #uploader: Uploader;

  /** @param hints what is known of files before they are read */
  constructor(parts: ReadingStageParts, hints: Hints, notes: StripeNotes) {
    this.#parts = parts;
    this.#lost = new LostAttached(parts.repository.tell);
    this.#lateChanges = new Changes((run) => parts.journal?.noteLate(run));
    this.#ladder = this.#newLadder(notes);
    this.#uploader = this.#newUploader(hints);
  }

  /** False while nothing may be committed. */
  get isAtRest(): boolean {
    return this.#uploader.isAtRest;
  }

  /** Reads and stores what must be; resolves when there is room for more. */
  async take(differences: Difference[]): Promise<void> {
    await this.#uploader.take(differences);
  }

  /** Resolves when all that was taken is in the journal, but for files that others hold. */
  async finish(): Promise<void> {
    await this.#uploader.finish();
  }

  /** These are tried once more, and read from frozen views of their volumes. */
  async finishLate(): Promise<void> {
    await this.#ladder.late.finish();
    this.#lateChanges.flush();
    // A dry run freezes nothing, so what it meets says little.
    if (!this.#parts.options.dryRun) await this.#parts.locked.save();
    this.#lost.tell();
    await this.#parts.views.close();
  }

  /** Notes what was read, whatever came before it. */
  keepWhatIsDone(): void {
    this.#uploader.keepWhatIsDone();
  }

  async close(): Promise<void> {
    await this.#uploader.close();
  }

  #newUploader(hints: Hints): Uploader {
    const { journal, repository, report, windows } = this.#parts;
    const changes = new Changes((run) => journal?.noteEntries(run));
    const { readings, place, late, isUsuallyHeld, onFree } = this.#ladder;
    return new Uploader({
      readings,
      locate: place,
      hints,
      isStored: (content) => isStored(repository, content),
      changes,
      outcomes: this.#outcomesIn(changes),
      late,
      isUsuallyHeld,
      readsAttached: windows !== undefined,
      onFree,
      onUnchanged: (stat) => {
        this.put.add(stat);
        this.statistics.unchanged++;
      },
      onDone: (path, bytes) => report.done(path, bytes),
    });
  }

  #newLadder(notes: StripeNotes): Ladder {
    const { repository, plan, options, views, locked, report, run, windows } = this.#parts;
    const { tell, now } = repository;
    const locate = locator(plan.sources);
    return new Ladder({
      run,
      now,
      notes,
      retry: retryPolicy(options),
      readsAttached: windows !== undefined,
      mode: options.dryRun ? 'never' : (options.shadow ?? 'auto'),
      views,
      askOwners: (paths) => askOwners(paths, options.signal),
      locked,
      locate,
      outcomes: this.#outcomesIn(this.#lateChanges),
      onSkipped: (skipped) => report.skip(skipped, displayNative(nativeOf(locate(skipped.path)))),
      onDone: (path, bytes) => report.done(path, bytes),
      onNotFrozen: (why) => {
        this.notFrozen.push(why);
        tell({ type: 'warning', message: `Files are read from the live volume: ${why}` });
      },
    });
  }

  #outcomesIn(changes: Changes): Outcomes {
    const { put: tally, statistics } = this;
    const { report } = this.#parts;
    const onGone = () => {
      report.wentAway++;
    };
    const onChanging = () => {
      report.changing++;
    };
    return new Outcomes({ changes, tally, statistics, onLost: this.#lost.note, onGone, onChanging });
  }
}
