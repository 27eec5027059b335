import { toHex } from '../model/ids.ts';
import { displayPath } from '../model/path.ts';
import { noStatistics, type SkippedPath, type SnapshotHeader, type Statistics } from '../model/snapshot.ts';
import { toDate } from '../model/time.ts';
import type { Job } from '../repository/jobs.ts';
import type { StoreCounts } from '../store/counting.ts';
import type { Finding } from './finding.ts';
import type { PushReport } from './report.ts';

/** A path that could not be read, with what is known of why. */
export type SkippedInfo = Omit<SkippedPath, 'path'> & { path: string };

/** What a push has stored. */
export interface PushResult {
  /** The first 8 hexadecimal digits of its id; absent when none was written (dry run, nothing changed). */
  snapshot?: string;
  job: { id: string; name: string };
  /** Of the snapshot in its job; absent where `snapshot` is. */
  number?: number;
  /** An interrupted push before this one had done part of the work. */
  partialResumed: boolean;
  start: Date;
  end: Date;
  statistics: Statistics;
  /** The first 20,000 of them; `statistics.skipped` counts all, and the manifest names the first 1,000. */
  skipped: SkippedInfo[];
  /** Why files were read from the live volume although a frozen view was wanted for all of them. */
  notFrozen: string[];
  /** Sources that were not there: their entries stay as they were. */
  missingSources: string[];
  /** Files that were there when they were looked at, and not when they were to be read: they stay as they were, for now. */
  wentAway: number;
  /** Files that changed as often as they were read: what is stored may be of several moments, and the next push reads them again. */
  changing: number;
  /** What was left out: directories of the program's own, and names by rules. */
  leftOut: {
    own: number;
    excluded: number;
    byDefault: number;
    heldLocks: number;
    /** Files whose data are in a cloud only: they stay as they were. */
    cloud: number;
  };
  /** What files have that is not stored. */
  notStored: string[];
  requests: StoreCounts['requests'];
}

/** Extended attributes and POSIX access lists have no place in an entry yet; on Windows the addon is what reads them. */
function notStored(storesAttached: boolean): string[] {
  if (process.platform !== 'win32') return ['extended attributes', 'access lists'];
  return storesAttached ? [] : ['attributes', 'access lists', 'alternate streams'];
}

export function pushResult(facts: {
  header: SnapshotHeader;
  job: Job;
  committed: boolean;
  resumed: boolean;
  report: PushReport;
  finding: Finding;
  notFrozen: string[];
  /** Access lists and alternate streams of Windows are in the snapshot. */
  storesAttached: boolean;
  counts: StoreCounts;
}): PushResult {
  const { header, job, committed, report, finding } = facts;
  return {
    ...(committed && { snapshot: toHex(header.snapshot).slice(0, 8), number: header.number }),
    job: { id: toHex(job.id), name: job.name },
    partialResumed: facts.resumed,
    start: toDate(header.start),
    end: toDate(header.end),
    statistics: header.statistics ?? noStatistics,
    skipped: report.skipped.map((skipped) => ({ ...skipped, path: displayPath(skipped.path) })),
    notFrozen: facts.notFrozen,
    missingSources: finding.missing,
    wentAway: report.wentAway,
    changing: report.changing,
    leftOut: {
      own: finding.own,
      excluded: finding.excluded,
      byDefault: finding.byDefault,
      heldLocks: report.heldLocks,
      cloud: finding.cloud,
    },
    notStored: notStored(facts.storesAttached),
    requests: { ...facts.counts.requests },
  };
}
