import { createHash } from 'node:crypto';
import type { Difference } from './diff/diff.ts';
import { diskChanges } from './disk-changes.ts';
import { isBmcloudError, systemCodeOf } from './errors.ts';
import { lockLine } from './push.ts';
import { JobLine } from './repository/job-line.ts';
import { type Job, openJob } from './repository/jobs.ts';
import type { Repository } from './repository/repository.ts';
import { nativeOf } from './scan/native-path.ts';
import { type PushOptions, planPush, settlePlan } from './upload/plan.ts';
import { defaultExcludesOf } from './upload/system.ts';
import { toolVersion } from './version.ts';

/** What a push would find. */
export interface Unpushed {
  /** No two sets of differences have the same; absent where they were not looked at. */
  digest?: string;
  /** How many; `all` where nothing is known that could be compared. */
  differences: number | 'all';
}

/**
 * Whether anything differs from what the last push of the job on this machine left: the scan against the kept state. Reads no
 * file, and asks the store nothing once the job is known here.
 * @param beforeLooking given the roots of the job, native
 * @throws `usage`, `source-missing`, `source-unreadable`; `busy` where there is something to push and somebody else is at it
 */
export async function unpushed(
  repository: Repository,
  options: PushOptions,
  beforeLooking: (roots: string[]) => Promise<void> = async () => {},
): Promise<Unpushed> {
  const plan = await planPush(options, toolVersion());
  await beforeLooking(plan.sources.map(({ path }) => nativeOf(path).toString()));
  const job = await openJob(repository, plan.claim);
  const line = new JobLine(repository, job);
  const { sources } = await settlePlan(plan, (await line.kept.head())?.sources ?? [], options);
  const lookAt = { ...options, sources, defaultExcludes: defaultExcludesOf(options) };
  const found = await differencesOf(line, lookAt, options.signal);
  if (found.differences !== 0) await refuseBusy(repository, job);
  return found;
}

async function differencesOf(
  { kept }: JobLine,
  lookAt: Parameters<typeof diskChanges>[1],
  signal: AbortSignal | undefined,
): Promise<Unpushed> {
  if (!(await kept.head())) return { differences: 'all' };
  try {
    // What cannot be looked at stays as it was, and the next push tells it.
    return await digestOf(
      diskChanges(await kept.run(), lookAt, { same: 0, carried: 0 }, { tell: () => {}, signal }),
    );
  } catch (error) {
    // Another push replaces the kept state at this moment, or it is damaged: a push sorts out either.
    if (!isLocalDamage(error)) throw error;
    return { differences: 'all' };
  }
}

/** A push would only learn it once the hooks of its job had run. */
async function refuseBusy(repository: Repository, job: Job): Promise<void> {
  const lock = await lockLine(repository, job, { waitForLock: false });
  await lock.release();
}

async function digestOf(found: AsyncIterable<Difference>): Promise<Unpushed> {
  const hash = createHash('sha256');
  let differences = 0;
  for await (const difference of found) {
    differences++;
    hash.update(`${difference.kind} ${difference.path.length} `).update(difference.path);
    if ('stat' in difference) hash.update(`${difference.stat.length} `).update(difference.stat);
  }
  return { differences, digest: hash.digest('hex') };
}

function isLocalDamage(error: unknown): boolean {
  return (isBmcloudError(error, 'damaged') && error.data.local === true) || systemCodeOf(error) === 'ENOENT';
}
