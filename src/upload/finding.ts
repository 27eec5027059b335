import { type Difference, diff } from '../diff/diff.ts';
import { release } from '../flow/release.ts';
import type { Run } from '../model/run.ts';
import { Tally } from '../model/tally.ts';
import type { KnownChunks } from '../repository/known-chunks.ts';
import { type LookOptions, look } from '../scan/look.ts';
import type { ScanBatch, ScanProblem } from '../scan/scan.ts';
import { Unseen } from '../scan/unseen.ts';
import type { PushReport } from './report.ts';
import { areStored } from './stored.ts';

/** What is on disk now against what the last push left. */
export class Finding {
  /** What stays as it is. */
  readonly unchanged = { same: 0, carried: 0, tally: new Tally() };
  /** Sources that were not there, as native paths. */
  readonly missing: string[] = [];
  /** The program's own directories that were left out. */
  own = 0;
  /** Entries left out by a rule. */
  excluded = 0;
  /** Entries left out by the default excludes. */
  byDefault = 0;
  readonly #report: PushReport;
  /** Files and directories whose data are in a cloud only. */
  cloud = 0;
  readonly #unseen = new Unseen();
  readonly #allowEmpty: boolean;

  constructor(report: PushReport, allowEmpty: boolean) {
    this.#report = report;
    this.#allowEmpty = allowEmpty;
  }

  /** @param known given when somebody else was at the repository: then entries are checked for bytes that are gone */
  async *differences(
    previous: Run,
    found: Run,
    known: KnownChunks | undefined,
  ): AsyncGenerator<Difference[]> {
    const batches = diff(previous, found, {
      unseen: this.#unseen,
      counts: this.unchanged,
      ...(known && { stored: (content) => areStored(content, known) }),
    });
    for await (const batch of batches) {
      this.#unseen.passed((batch.at(-1) as Difference).path);
      yield batch;
    }
  }

  /**
   * The scan, with what it could not look at noted. A batch is given back when the next is asked for: a diff keeps copies, and makes
   * too little garbage of its own to have the collector find batches soon.
   * @param expected entries there were the last time; @param onThread see `look`
   */
  async *scan(options: LookOptions, expected: number, onThread?: () => void): AsyncGenerator<Uint8Array> {
    for await (const run of look(options, (batch) => this.#take(batch), expected, onThread)) {
      yield run;
      release(run);
    }
  }

  #take({ problems, cloud, own, excluded, byDefault }: ScanBatch): void {
    for (const problem of problems) this.#note(problem);
    for (const path of cloud) this.#unseen.add(path);
    this.cloud += cloud.length;
    this.own += own;
    this.excluded += excluded;
    this.byDefault += byDefault;
  }

  #note({ kind, path, native, code, message }: ScanProblem): void {
    if (kind !== 'source-missing') this.#report.skip({ path, code, reason: message }, native);
    else if (!this.#allowEmpty) this.missing.push(native);
    // What is below stays as it was, except below a source whose absence is meant.
    if (kind !== 'source-missing' || !this.#allowEmpty) this.#unseen.add(path);
  }
}
