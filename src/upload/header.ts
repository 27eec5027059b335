import type { SnapshotHeader } from '../model/snapshot.ts';
import { nowStamp } from '../model/time.ts';
import type { Timestamp } from '../model/wire.ts';
import type { Job } from '../repository/jobs.ts';
import { machineId } from '../repository/jobs.ts';
import type { Repository } from '../repository/repository.ts';
import type { PushPlan } from './plan.ts';

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

/** What the store's clock shows at a time of ours, by its latest answer. */
function storeTime(repository: Repository, time: Date): Timestamp | undefined {
  const clock = repository.store.clock();
  if (!clock) return undefined;
  return nowStamp(new Date(time.getTime() + clock.store.getTime() - clock.local.getTime()));
}
