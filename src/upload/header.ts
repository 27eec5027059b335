import { noStatistics, type SnapshotHeader, type Statistics } from '../model/snapshot.ts';
import { Tally } from '../model/tally.ts';
import { nowStamp } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import type { Job } from '../repository/jobs.ts';
import { machineId } from '../repository/jobs.ts';
import type { Repository } from '../repository/repository.ts';
import type { Finding } from './finding.ts';
import type { PushPlan } from './plan.ts';
import type { ReadingStage } from './reading-stage.ts';
import type { PushReport } from './report.ts';

/** What a manifest tells of a push that begins now; its number, end and statistics come later. */
export async function beginHeader(
  repository: Repository,
  job: Job,
  { claim, mirrors }: Pick<PushPlan, 'claim' | 'mirrors'>,
  tags: string[],
): Promise<SnapshotHeader> {
  const start = repository.now();
  const storeStart = storeTime(repository, start);
  return {
    job: job.id,
    number: 0,
    kind: 'snapshot',
    snapshot: repository.random(16),
    start: nowStamp(start),
    end: nowStamp(start),
    ...(storeStart && { storeStart }),
    host: claim.host,
    user: claim.user,
    jobName: job.name,
    machine: await machineId(repository),
    sources: claim.sources,
    skipped: [],
    tool: claim.tool,
    tags,
    ...(mirrors && { mirrors: true as const }),
    platform: process.platform === 'win32' ? 'windows' : 'posix',
    unknown: [],
  };
}

/** The same header when the push ends. */
export function endHeader(
  repository: Repository,
  header: SnapshotHeader,
  facts: Pick<SnapshotHeader, 'statistics' | 'skipped'>,
): SnapshotHeader {
  const end = repository.now();
  const storeEnd = storeTime(repository, end);
  return { ...header, ...facts, end: nowStamp(end), ...(storeEnd && { storeEnd }) };
}

/** What a push found, read and stored, in numbers. @param reading absent where nothing was to be read */
export function totals(
  { same, carried, tally }: Finding['unchanged'],
  reading: ReadingStage | undefined,
  report: PushReport,
): Statistics {
  const { statistics: read, put } = reading ?? { statistics: noStatistics, put: new Tally() };
  return {
    ...read,
    unchanged: read.unchanged + same + carried,
    files: tally.files + put.files,
    directories: tally.directories + put.directories,
    others: tally.others + put.others,
    bytes: tally.bytes + put.bytes,
    bytesStored: report.stored,
    skipped: report.skippedCount,
  };
}

/** What the store's clock shows at a time of ours, by its latest answer. */
function storeTime(repository: Repository, time: Date): Timestamp | undefined {
  const clock = repository.store.clock();
  if (!clock) return undefined;
  return nowStamp(new Date(time.getTime() + clock.store.getTime() - clock.local.getTime()));
}
