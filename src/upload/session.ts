import { availableParallelism } from 'node:os';
import type { Difference } from '../diff/diff.ts';
import { messageOf } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { Run } from '../model/run.ts';
import { noStatistics, type SnapshotHeader } from '../model/snapshot.ts';
import { loadFilesAddon, type NativeFiles } from '../native/files.ts';
import type { JobLine, LinePosition } from '../repository/job-line.ts';
import type { KnownChunks } from '../repository/known-chunks.ts';
import type { Journal } from '../repository/local-job.ts';
import type { LockedFiles } from '../repository/locked-files.ts';
import type { Repository } from '../repository/repository.ts';
import type { LookOptions } from '../scan/look.ts';
import { adoptPacks } from './adopt.ts';
import { estimate } from './estimate.ts';
import { Finding } from './finding.ts';
import { beginHeader, endHeader, totals } from './header.ts';
import type { Hints } from './hints.ts';
import { hintsOf, notesOf } from './interrupted.ts';
import { Pipeline } from './pipeline.ts';
import type { PushOptions, PushPlan, StreamSource } from './plan.ts';
import { ReadingStage } from './reading-stage.ts';
import { PushReport } from './report.ts';
import { type PushResult, pushResult } from './result.ts';
import { SnapshotWriter } from './snapshot-writer.ts';
import { hintsOfStream, runOfStream, storeStream } from './stdin.ts';
import { type ClosableViews, defaultExcludesOf, enablePrivileges, systemViews } from './system.ts';
import type { LaneTask } from './tasks.ts';

/** Milliseconds between partial snapshots. */
const PARTIAL_EVERY = 30 * 60 * 1000;

export interface SessionParts {
  repository: Repository;
  line: JobLine;
  position: LinePosition;
  plan: PushPlan;
  options: PushOptions;
}

/** One push under way: holds the stages together, and says when something is due. */
export class PushSession {
  readonly #parts: SessionParts;
  readonly #header: SnapshotHeader;
  /** Absent in a dry run. */
  readonly #journal: Journal | undefined;
  readonly #locked: LockedFiles;
  readonly #report: PushReport;
  readonly #finding: Finding;
  #isOver = false;
  readonly #pipeline: Pipeline;
  readonly #writer: SnapshotWriter | undefined;
  #reading: ReadingStage | undefined;
  readonly #views: ClosableViews;
  /** What tells of files on Windows; absent elsewhere. */
  readonly #windows: NativeFiles | undefined;
  /** Given when somebody else was at the repository: entries are checked for bytes that are gone. */
  #suspect: KnownChunks | undefined;
  #resumed = false;
  #partialDue: number;

  static async begin(parts: SessionParts): Promise<PushSession> {
    const { repository, line, plan, options } = parts;
    const header = await beginHeader(repository, line.job, plan, options.tags);
    const journal = options.dryRun ? undefined : await line.local.beginJournal();
    return new PushSession(parts, header, journal, await line.local.lockedFiles());
  }

  constructor(
    parts: SessionParts,
    header: SnapshotHeader,
    journal: Journal | undefined,
    locked: LockedFiles,
  ) {
    const { repository, line, position, options } = parts;
    this.#parts = parts;
    this.#header = header;
    this.#locked = locked;
    this.#journal = journal;
    this.#report = new PushReport(repository.tell);
    this.#finding = new Finding(this.#report, options.allowEmpty);
    this.#views = options.views ?? systemViews(repository.tell, options.signal);
    this.#windows = options.windowsFiles ?? loadFilesAddon();
    this.#pipeline = new Pipeline(repository, {
      workers: options.workers ?? availableParallelism(),
      level: options.level,
      readSize: options.readSize,
      windowsFiles: options.windowsFiles,
      dryRun: options.dryRun,
      onPack: (table) => journal?.notePacks(table),
      onSent: (bytes) => this.#report.sent(bytes),
      signal: options.signal,
    });
    const pipeline = this.#pipeline;
    this.#writer =
      journal &&
      new SnapshotWriter({ repository, line, position, journal, pipeline, signal: options.signal });
    this.#partialDue = this.#nextPartial();
  }

  /** Takes up what an interrupted push left, and looks at the sources. @returns what is there, sorted */
  async look(): Promise<Run> {
    const { repository, line, position, plan, options } = this.#parts;
    repository.tell({ type: 'phase', phase: 'scanning' });
    const adopted = await adoptPacks(repository, line);
    enablePrivileges(this.#windows, repository.tell);
    this.#resumed = adopted > 0 || (await line.local.hasHints());
    if (this.#resumed && !options.dryRun) await this.#views.removeLeftovers();
    if (!position.trusted) this.#suspect = await repository.refreshKnown();
    if (plan.stream) return await this.#lookAtStream(plan.stream);
    if (options.shadow === 'always' && !options.dryRun)
      await this.#views.openFor(plan.sources.map(({ path }) => path));
    this.#reading = await this.#beginReading(await hintsOf(repository, line));
    const lookAt = { ...options, sources: plan.sources, defaultExcludes: defaultExcludesOf(options) };
    if (options.estimate) this.#estimate(lookAt);
    // Nothing is there that could be the same. Not before the scan's thread runs: until then the program lets no thread have much memory.
    const onThread = position.previousEntries === 0 ? () => this.#pipeline.warmUp() : undefined;
    return this.#finding.scan(lookAt, position.previousEntries, onThread);
  }

  differences(found: Run): AsyncGenerator<Difference[]> {
    return this.#finding.differences(this.#parts.position.previous, found, this.#suspect);
  }

  /** Reads and stores what must be; resolves when there is room for more. */
  async take(differences: Difference[]): Promise<void> {
    throwIfInterrupted(this.#parts.options.signal);
    this.#report.unchanged(this.#finding.unchanged.tally);
    await this.#reading?.take(differences);
    await this.#pipeline.caughtUp();
  }

  /** An index object once enough waits for one; a partial snapshot every so often, so that a long push is safe on its way. */
  async saveWhenDue(): Promise<void> {
    await this.#pipeline.writeIndexIfDue();
    const isDue = this.#parts.repository.now().getTime() >= this.#partialDue;
    if (!isDue || !this.#writer || !this.#reading?.isAtRest) return;
    await this.#reading.finish();
    await this.#writer.writePartial({ ...this.#header, snapshot: this.#parts.repository.random(16) });
    this.#partialDue = this.#nextPartial();
  }

  /** Stores what is left, and commits. @returns `again` when another machine's snapshot came first */
  async commit(): Promise<PushResult | 'again'> {
    const { repository, options } = this.#parts;
    await this.#reading?.finish();
    await this.#reading?.finishLate();
    throwIfInterrupted(options.signal);
    if (!this.#writer || (options.skipUnchanged && this.#isUnchanged))
      return await this.#endWithoutSnapshot();
    await this.#pipeline.endReading();
    repository.tell({ type: 'phase', phase: 'committing' });
    const entries = this.#finding.unchanged.tally.entries + (this.#reading?.put.entries ?? 0);
    const header = await this.#writer.commit(() => this.#endHeader(), entries);
    if (header === 'overtaken') return 'again';
    await this.#endJournal();
    await this.#sweep();
    return this.#result(header, true);
  }

  /** After an interruption: what is under way is finished, and noted for the next push. */
  async keepWhatIsDone(): Promise<void> {
    const { tell } = this.#parts.repository;
    tell({ type: 'phase', phase: 'finishing' });
    try {
      await this.#pipeline.settle();
      this.#reading?.keepWhatIsDone();
    } catch (error) {
      tell({ type: 'warning', message: `Not all that was under way could be kept: ${messageOf(error)}` });
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    // A file that a lane has open in a frozen view keeps that from being removed.
    try {
      await this.#pipeline.close();
      await this.#reading?.close();
      this.#journal?.close();
    } finally {
      await this.#views.close();
    }
  }

  /** Tells what there is to do once that is known. What goes wrong here goes wrong in the scan itself, too, and is told there. */
  #estimate(options: LookOptions): void {
    estimate(options, () => !this.#isOver).then(
      (tally) => tally && this.#report.expect(tally),
      () => {},
    );
  }

  async #lookAtStream(stream: StreamSource): Promise<Run> {
    let bytesRead = 0;
    const stored = await storeStream(stream, {
      repository: this.#parts.repository,
      run: (task) => this.#pipeline.run(task),
      onRead: (bytes) => {
        bytesRead += bytes;
        this.#report.progress(stream.name);
      },
    });
    this.#reading = await this.#beginReading(hintsOfStream(stored));
    this.#reading.statistics.bytesRead += bytesRead;
    return runOfStream(stored);
  }

  async #beginReading(hints: Hints): Promise<ReadingStage> {
    const { repository, line, plan, options } = this.#parts;
    const parts = {
      repository,
      plan,
      options,
      journal: this.#journal,
      locked: this.#locked,
      views: this.#views,
      report: this.#report,
      run: (task: LaneTask) => this.#pipeline.run(task),
      windows: this.#windows,
    };
    return new ReadingStage(parts, hints, await notesOf(repository, line, this.#journal));
  }

  get #isUnchanged(): boolean {
    const { new: added, changed, deleted } = this.#reading?.statistics ?? noStatistics;
    return added + changed + deleted + this.#report.skippedCount === 0;
  }

  #endHeader(): SnapshotHeader {
    const statistics = totals(this.#finding.unchanged, this.#reading, this.#report);
    return endHeader(this.#parts.repository, this.#header, { statistics, skipped: this.#report.kept });
  }

  async #endWithoutSnapshot(): Promise<PushResult> {
    await this.#pipeline.settle();
    await this.#pipeline.writeIndex();
    if (this.#journal) await this.#endJournal();
    return this.#result(this.#endHeader(), false);
  }

  /** Closed first: Windows does not delete files that are open. */
  async #endJournal(): Promise<void> {
    await this.#reading?.close();
    this.#journal?.close();
    await this.#parts.line.local.endJournal();
  }

  /** Broken uploads of pushes that were killed cost money where nobody sees them. The snapshot is safe: no error matters now. */
  async #sweep(): Promise<void> {
    const { store, tell } = this.#parts.repository;
    if (this.#report.stored === 0 && !this.#resumed) return;
    try {
      await store.sweep();
    } catch (error) {
      tell({ type: 'warning', message: `Broken uploads could not be cleaned up: ${messageOf(error)}` });
    }
  }

  #result(header: SnapshotHeader, committed: boolean): PushResult {
    return pushResult({
      header,
      job: this.#parts.line.job,
      committed,
      resumed: this.#resumed,
      report: this.#report,
      finding: this.#finding,
      notFrozen: this.#reading?.notFrozen ?? [],
      storesAttached: this.#windows !== undefined,
      counts: this.#parts.repository.counts,
    });
  }

  #nextPartial(): number {
    const { repository, options } = this.#parts;
    return repository.now().getTime() + (options.partialEvery ?? PARTIAL_EVERY);
  }
}
