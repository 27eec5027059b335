import { BmcloudError, isBmcloudError } from './errors.ts';
import { toHex } from './model/ids.ts';
import { absentAddon } from './native/absent.ts';
import { JobLine } from './repository/job-line.ts';
import { type JobLock, lockJob } from './repository/job-lock.ts';
import { type Job, openJob } from './repository/jobs.ts';
import type { Repository } from './repository/repository.ts';
import { displayNative, nativeOf } from './scan/native-path.ts';
import { type PushOptions, type PushPlan, planPush, settlePlan } from './upload/plan.ts';
import type { PushResult, SkippedInfo } from './upload/result.ts';
import { PushSession } from './upload/session.ts';
import { refuseEmptySources } from './upload/sources.ts';
import { toolVersion } from './version.ts';

export type { PushOptions, PushResult, SkippedInfo };

/** Other machines' snapshots of the job may come first, but not for ever. */
const MOST_ATTEMPTS = 20;

/**
 * Backs up: scan → diff → read → chunk → seal → pack → store → manifest.
 *
 * Two sorted streams meet in the diff: the state that the last push left, and what the scan finds. Only what differs is read.
 * Lanes, one a core, cut it into chunks; those that the repository does not have go into packs, which stream to the store while
 * they are made. What changed is noted in the journal, in the order of paths. Once everything is stored and in the index, one
 * small object, the manifest, makes it a snapshot: before that there is nothing to see, after it nothing to lose.
 *
 * @throws `usage`, `source-missing`, `source-empty`, `busy`, `rollback`; `interrupted`: the next push goes on from there; and
 *   what stores throw
 */
export async function push(opened: Repository, given: PushOptions): Promise<PushResult> {
  const attended = opened.attended(given);
  if (!given.dryRun) return await pushTo(attended, given);
  const rehearsed = attended.rehearsed();
  try {
    return await pushTo(rehearsed, given);
  } finally {
    await rehearsed.release();
  }
}

/** What a push refuses before it looks at the repository. @throws `usage`, `source-missing`, `source-unreadable` */
export async function checkPush(options: PushOptions): Promise<void> {
  await planPush(options, toolVersion());
}

async function pushTo(repository: Repository, given: PushOptions): Promise<PushResult> {
  const options = { ...given, ...(repository.signal && { signal: repository.signal }) };
  const plan = await planPush(options, toolVersion());
  warnOfAbsentAddon(repository, options);
  const job = await openJob(repository, plan.claim);
  const lock = await lockLine(repository, job, options);
  try {
    const line = new JobLine(repository, job);
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const result = await pushOnce(repository, line, plan, options);
      if (result !== 'again') return result;
    }
    throw new BmcloudError(
      'store-failed',
      `${repository.location} took no snapshot in ${MOST_ATTEMPTS} attempts`,
      {
        hint: 'Run "bmcloud doctor"; what was stored is kept',
      },
    );
  } finally {
    await lock.release();
  }
}

function tellNested({ tell }: Repository, { nested }: PushPlan): void {
  for (const { path, within } of nested) {
    const message = `${displayNative(nativeOf(path))} lies within ${displayNative(nativeOf(within))} and is not read twice`;
    tell({ type: 'notice', message });
  }
}

/** A stream has no attributes, and nothing of the cloud in it. */
function warnOfAbsentAddon({ tell }: Repository, { sources, windowsFiles }: PushOptions): void {
  const absent = Array.isArray(sources) && !windowsFiles ? absentAddon() : undefined;
  if (absent) tell({ type: 'warning', message: absent.message, hint: absent.hint });
}

/** A push from where the line stands now. @returns `again` if the line moved on meanwhile, or what this machine kept was damaged */
async function pushOnce(
  repository: Repository,
  line: JobLine,
  planned: PushPlan,
  options: PushOptions,
): Promise<PushResult | 'again'> {
  const position = await line.sync();
  const plan = await settlePlan(planned, position.sources, options);
  tellNested(repository, plan);
  if (!options.allowEmpty) await refuseEmptySources(plan.sources, () => line.kept.run());
  const session = await PushSession.begin({ repository, line, position, plan, options });
  try {
    for await (const differences of session.differences(await session.look())) {
      await session.take(differences);
      await session.saveWhenDue();
    }
    return await session.commit();
  } catch (error) {
    if (isBmcloudError(error, 'interrupted')) await session.keepWhatIsDone();
    if (!isBmcloudError(error, 'damaged') || error.data.local !== true) throw error;
    repository.tell({ type: 'warning', message: `${error.message}: it is made again` });
    await line.kept.forget();
    await repository.forgetIndex();
    return 'again';
  } finally {
    await session.close();
  }
}

/**
 * What a machine keeps of a job serves one push at a time; another one waits, and says for whom.
 * @throws `busy`, where it does not wait
 */
export async function lockLine(
  repository: Repository,
  job: Job,
  { waitForLock, signal }: Pick<PushOptions, 'waitForLock' | 'signal'>,
): Promise<JobLock> {
  return await lockJob(repository.cachePath('jobs', `${toHex(job.id)}.lock`), {
    wait: waitForLock,
    onWait: (holder) => {
      const who = holder ? ` (process ${holder.pid}, since ${holder.since})` : '';
      const message = `Waiting for another push of ${job.name}${who}`;
      repository.tell({ type: 'phase', phase: 'waiting' });
      repository.tell({ type: 'notice', message });
    },
    signal,
  });
}
