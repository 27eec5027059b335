import { BatchBuilder, type ScanBatch, type ScanOptions, type ScanSource } from './batch.ts';
import { type Disk, systemDisk } from './disk.ts';
import type { Level } from './level.ts';
import { type Name, pathIn } from './listing.ts';
import { type Owners, readOwners } from './owners.ts';
import { isCut, leadsTo, liesBefore, liesBehind, type ScanRange } from './range.ts';
import { Visitor } from './visit.ts';
import type { WindowsListing } from './windows.ts';

/**
 * Walks the sources depth first, names in the order of their bytes: which is the order of entries.
 * @param windows what Windows tells besides; absent on other systems
 */
export function walk(
  options: ScanOptions,
  disk: Disk = systemDisk,
  owners: Owners = readOwners(),
  windows?: WindowsListing,
): Generator<ScanBatch> {
  return new Walk(options, disk, owners, windows).through({});
}

/** A walk of which parts are left out. */
export class Walk {
  readonly #batch: BatchBuilder;
  readonly #visitor: Visitor;
  /** Those that are still to come. */
  readonly #sources: ScanSource[];
  /** A stack of our own: a tree can be deeper than the one of calls. */
  readonly #stack: Level[] = [];

  constructor(options: ScanOptions, disk: Disk, owners: Owners, windows?: WindowsListing) {
    this.#batch = new BatchBuilder(options.batchBytes);
    this.#visitor = new Visitor(options, disk, owners, this.#batch, windows);
    this.#sources = inOrder(options.sources);
  }

  /**
   * What is in a range, which lies behind the ones before. The directories that it begins in come first, where they were not entered
   * before: they belong to other ranges, but what went wrong with them matters here, too.
   */
  *through(range: ScanRange): Generator<ScanBatch> {
    this.#leaveWhatLiesBefore(range);
    for (;;) {
      if (this.#batch.full) yield this.#batch.take();
      const level = this.#innermost();
      const goesOn = level ? this.#goOnIn(level, range) : this.#beginSource(range);
      if (!goesOn) break;
    }
    if (!this.#batch.empty) yield this.#batch.take();
  }

  /** @returns false at the end of the range */
  #beginSource(range: ScanRange): boolean {
    const source = this.#sources[0];
    const path = source && Buffer.from(source.name);
    if (!path || liesBehind(path, range)) return false;
    this.#sources.shift();
    if (!liesBefore(path, range)) this.#visit(path, range, () => this.#visitor.visitSource(source));
    return true;
  }

  #goOnIn(level: Level, range: ScanRange): boolean {
    if (!isCut(level.path, range)) {
      this.#enter(this.#visitor.visitNext(level));
      return true;
    }
    const path = pathIn(level.path, level.names[level.next] as Name);
    if (liesBehind(path, range)) return false;
    if (liesBefore(path, range)) level.next++;
    else this.#visit(path, range, () => this.#visitor.visitNext(level));
    return true;
  }

  #visit(path: Uint8Array, range: ScanRange, act: () => Level | undefined): void {
    const counts = leadsTo(path, range) ? { ...this.#batch.counts } : undefined;
    this.#enter(act());
    if (counts) this.#batch.counts = counts; // the range that it belongs to counts it
  }

  #leaveWhatLiesBefore(range: ScanRange): void {
    for (let level = this.#stack.at(-1); level && liesBefore(level.path, range); level = this.#stack.at(-1))
      this.#stack.pop();
  }

  #enter(level: Level | undefined): void {
    if (level) this.#stack.push(level);
  }

  /** The innermost level that has names left; drops those that have none. */
  #innermost(): Level | undefined {
    for (;;) {
      const level = this.#stack.at(-1);
      if (!level || level.next < level.names.length) return level;
      this.#stack.pop();
    }
  }
}

function inOrder(sources: ScanSource[]): ScanSource[] {
  return sources.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
