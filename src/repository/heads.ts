import { z } from 'zod/mini';
import { BmcloudError } from '../errors.ts';
import { namesIn } from '../flow/names-in.ts';
import { fromHex, ID_BYTES, toHex } from '../model/ids.ts';
import type { Job } from './jobs.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';
import type { Repository } from './repository.ts';

/*
 * What this machine remembers of each job's line, so that a store that shows less is noticed: it was rolled back, or it lies.
 * A file for each job: pushes of several jobs at once must not forget each other's.
 */

const HEAD_FILE = /^[0-9a-f]{32}\.json$/;
const headSchema = z.object({ number: z.int().check(z.nonnegative()) });

/** The greatest number that was committed from here. */
export async function rememberedHead(
  repository: Repository,
  job: Pick<Job, 'id'>,
): Promise<number | undefined> {
  return (await readLocalJson(headPath(repository, job), headSchema))?.number;
}

export interface RememberedHead {
  job: Uint8Array;
  number: number;
}

/** The greatest number that was committed from here, of every job; none where a rollback is accepted. */
export async function rememberedHeads(repository: Repository): Promise<RememberedHead[]> {
  if (repository.acceptRollback) return [];
  const heads: RememberedHead[] = [];
  for (const name of await namesIn(repository.statePath('heads'))) {
    if (!HEAD_FILE.test(name)) continue;
    const job = fromHex(name.slice(0, 2 * ID_BYTES), ID_BYTES, name);
    const number = await rememberedHead(repository, { id: job });
    if (number !== undefined) heads.push({ job, number });
  }
  return heads;
}

export async function rememberHead(
  repository: Repository,
  job: Pick<Job, 'id'>,
  number: number,
): Promise<void> {
  await writeLocalJson(headPath(repository, job), { number });
}

/** @param seen the greatest number that the store shows; −1: none. @throws `rollback` */
export async function refuseRollback(
  repository: Repository,
  job: Pick<Job, 'id' | 'name'>,
  seen: number,
): Promise<void> {
  const remembered = await rememberedHead(repository, job);
  if (remembered === undefined || seen >= remembered || repository.acceptRollback) return;
  const shows = seen < 0 ? 'none' : `only number ${seen}`;
  throw new BmcloudError(
    'rollback',
    `${repository.location} shows less than before: of job "${job.name}" push ${remembered} was committed, now there is ${shows}`,
    { hint: 'Find out what happened to the store; if it was put back on purpose, use --accept-rollback' },
  );
}

function headPath(repository: Repository, job: Pick<Job, 'id'>): string {
  return repository.statePath('heads', `${toHex(job.id)}.json`);
}
