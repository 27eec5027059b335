import { toHex } from '../model/ids.ts';
import { displayPath } from '../model/path.ts';
import { noStatistics, type SnapshotHeader, type Statistics } from '../model/snapshot.ts';
import { toDate } from '../model/time.ts';
import type { Job } from '../repository/jobs.ts';
import type { StoreCounts } from '../store/counting.ts';
import type { Finding } from './finding.ts';
import type { PushReport } from './report.ts';

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
  /** The first of them; `statistics.skipped` counts all. */
  skipped: { path: string; reason: string; code: string }[];
  /** Sources that were not there: their entries stay as they were. */
  missingSources: string[];
  /** What was left out: directories of the program's own, and names by rules. */
  leftOut: { own: number; excluded: number };
  /** What files have that is not stored. */
  notStored: string[];
  requests: StoreCounts['requests'];
}

/** Extended attributes and access lists have no place in an entry yet. */
const NOT_STORED =
  process.platform === 'win32'
    ? ['access lists', 'alternate streams']
    : ['extended attributes', 'access lists'];

export function pushResult(facts: {
  header: SnapshotHeader;
  job: Job;
  committed: boolean;
  resumed: boolean;
  report: PushReport;
  finding: Finding;
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
    skipped: report.skipped.map(({ path, reason, code }) => ({ path: displayPath(path), reason, code })),
    missingSources: finding.missing,
    leftOut: { own: finding.own, excluded: finding.excluded },
    notStored: NOT_STORED,
    requests: { ...facts.counts.requests },
  };
}
