// The program as the tests of the format use it: repositories in a directory, pushes and restores without threads.
import { join } from 'node:path';
import type { CutSizes } from '../../src/chunk/cut.ts';
import type { RandomSource } from '../../src/model/ids.ts';
import { push } from '../../src/push.ts';
import { initRepository, openRepository } from '../../src/repository/open.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { restore } from '../../src/restore.ts';
import type { Secret } from '../../src/seal/secret.ts';
import type { PushOptions } from '../../src/upload/plan.ts';

export const SMALL_CHUNKS: CutSizes = { min: 1024, average: 4096, max: 16_384 };

export interface Place {
  /** Of the repository. */
  location: string;
  secret: Secret;
  /** Caches and state of the machine lie here. */
  machine: string;
  now?: () => Date;
  random?: RandomSource;
}

function openOptions({ location, secret, machine, now, random }: Place) {
  const directories = {
    cache: join(machine, 'cache'),
    state: join(machine, 'state'),
    config: join(machine, 'config'),
  };
  return {
    location,
    secret: async () => secret,
    directories,
    env: {},
    ...(now && { now }),
    ...(random && { random }),
  };
}

export async function initAt(place: Place, chunk?: CutSizes): Promise<Repository> {
  return (await initRepository({ ...openOptions(place), ...(chunk && { chunk }) })).repository;
}

export async function openAt(place: Place): Promise<Repository> {
  return await openRepository(openOptions(place));
}

/** A push without threads, and the given options. */
export function pushOptions(options: Partial<PushOptions>): PushOptions {
  return {
    sources: [],
    cwd: '/',
    host: 'host',
    user: 'user',
    adoptJob: false,
    tags: [],
    oneFileSystem: false,
    excludeCaches: false,
    allowEmpty: false,
    skipUnchanged: false,
    dryRun: false,
    waitForLock: true,
    workers: 0,
    ownDirectories: [],
    ...options,
  };
}

/** Pushes and answers the snapshot's id (8 digits), its job and number. */
export async function pushFrom(repository: Repository, options: Partial<PushOptions>) {
  const { snapshot, number, job } = await push(repository, pushOptions(options));
  return { snapshot: snapshot!, number: number!, job: job.id };
}

/** The program's own restore of a snapshot, everything below `to`. */
export async function restoreTo(repository: Repository, snapshot: string, to: string): Promise<void> {
  const { failed } = await restore(repository, {
    at: { snapshot },
    paths: [],
    target: { to },
    overwrite: 'always',
    deleteExtra: false,
    dryRun: false,
    verify: true,
    confirm: async () => true,
    partial: true,
    ownership: false,
    workers: 0,
  });
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}
