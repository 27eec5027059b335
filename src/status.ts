import type { Difference } from './diff/diff.ts';
import { type DiffInfo, differenceInfo } from './difference-info.ts';
import { diskChanges } from './disk-changes.ts';
import { equalBytes } from './model/ids.ts';
import { JobLine } from './repository/job-line.ts';
import { listJobs, machineId } from './repository/jobs.ts';
import type { LockedFile } from './repository/locked-files.ts';
import type { Attendance, Repository } from './repository/repository.ts';
import type { PushOptions } from './upload/plan.ts';
import { recordedSources } from './upload/recorded-sources.ts';
import { defaultJobName, jobSources, type SourceOptions } from './upload/sources.ts';
import { defaultExcludesOf } from './upload/system.ts';

/** The options of a push that decide what it would find. */
export interface StatusOptions
  extends Attendance,
    SourceOptions,
    Pick<PushOptions, 'shadow' | 'cloudFiles' | 'windowsFiles'> {
  host: string;
  job?: string;
  /** Told every change, in the order of paths; the result has the first ones only. */
  onChange?: (change: DiffInfo) => void | Promise<void>;
}

/** What a push would do. */
export interface StatusResult {
  new: number;
  changed: number;
  deleted: number;
  unchanged: number;
  /** Of files. */
  newBytes: number;
  changedBytes: number;
  /** The first ones. */
  changes: DiffInfo[];
  /** Files that others held in the last pushes, the newest first: how often, and what became of them. */
  oftenHeld: LockedFile[];
}

const SHOWN = 100;

/** What a push would do, by metadata: reads no file and stores nothing. @throws `source-missing`, `not-allowed`, `damaged`, `interrupted` */
export async function status(opened: Repository, options: StatusOptions): Promise<StatusResult> {
  const repository = opened.attended(options);
  const { known, ...planned } = await jobSources(options);
  const line = await lineOf(repository, options.job ?? defaultJobName(options.host, known));
  const before = line ? await line.previous() : { previous: [], sources: [] };
  const sources = await recordedSources(planned, before.sources, options);
  const counts = { same: 0, carried: 0 };
  const result = { new: 0, changed: 0, deleted: 0, unchanged: 0, newBytes: 0, changedBytes: 0, changes: [] };
  repository.tell({ type: 'phase', phase: 'scanning' });
  const lookAt = { ...options, sources, defaultExcludes: defaultExcludesOf(options) };
  for await (const one of diskChanges(before.previous, lookAt, counts, repository)) {
    const change = count(result, one);
    if (change) await options.onChange?.(change);
  }
  result.unchanged += counts.same + counts.carried;
  return { ...result, oftenHeld: (await line?.local.lockedFiles())?.all ?? [] };
}

/** The job that a push would go on with: this machine's, or the newest of that name. */
async function lineOf(repository: Repository, name: string): Promise<JobLine | undefined> {
  const machine = await machineId(repository);
  const named = (await listJobs(repository)).filter((job) => job.name === name);
  const job = named.find(({ registration }) => equalBytes(registration.machine, machine)) ?? named.at(-1);
  return job && new JobLine(repository, job);
}

function count(result: Omit<StatusResult, 'oftenHeld'>, difference: Difference): DiffInfo | undefined {
  const info = infoOf(difference);
  if (!info) {
    result.unchanged++;
    return undefined;
  }
  result[info.change]++;
  if (info.change === 'new') result.newBytes += info.after?.size ?? 0;
  if (info.change === 'changed') result.changedBytes += info.after?.size ?? 0;
  if (result.changes.length < SHOWN) result.changes.push(info);
  return info;
}

/** A difference as it is shown; undefined for a file that only has to be read again to be sure. */
export function infoOf(difference: Difference): DiffInfo | undefined {
  const { path } = difference;
  const before = 'before' in difference ? { path, ...difference.before } : undefined;
  const after =
    'stat' in difference ? { path, stat: difference.stat, content: new Uint8Array(0) } : undefined;
  return differenceInfo(before, after);
}
