import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { BmcloudError, isBmcloudError } from './errors.ts';
import { type JobLock, type LockHolder, lockJob } from './repository/job-lock.ts';
import { isLocked } from './repository/kernel-lock.ts';
import { removeLocal } from './repository/local-files.ts';
import { readLocalJson, writeLocalJson } from './repository/local-json.ts';
import { type KnownWatch, type WatchHealth, watchHealth } from './watch-health.ts';

/** A job that is watched: no other watch may have it. */
export interface ClaimedJob {
  name: string;
  /** What the name is one of: a configuration file, or the directory that paths start from. */
  of: string;
}

/** Where a watch writes how it fares, for as long as it runs. */
export interface HealthFile {
  write(health: WatchHealth): Promise<void>;
  /** Watches these jobs from now on, and no others. @throws `busy`, naming a job: then nothing has changed */
  follow(jobs: ClaimedJob[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Claims the jobs of a watch, and the file that tells how it fares.
 * @throws `busy`, naming a job that another watch has
 */
export async function openHealthFile(directory: string, jobs: ClaimedJob[]): Promise<HealthFile> {
  const own = new OwnFile(directory);
  await own.follow(jobs);
  return own;
}

class OwnFile implements HealthFile {
  readonly #directory: string;
  readonly #claims: Claims;
  #jobs: ClaimedJob[] = [];
  #file: { path: string; lock: JobLock } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    this.#claims = new Claims(directory);
  }

  async write(health: WatchHealth): Promise<void> {
    if (this.#file) await writeLocalJson(this.#file.path, { ...health, claims: this.#jobs.map(keyOf) });
  }

  async follow(jobs: ClaimedJob[]): Promise<void> {
    await this.#claims.change([...this.#jobs, ...jobs]);
    try {
      await this.#move(join(this.#directory, fileNameOf(jobs)));
      this.#jobs = jobs;
      await this.#removeCovered();
    } finally {
      await this.#claims.change(this.#jobs);
    }
  }

  async close(): Promise<void> {
    await this.#file?.lock.release();
    await this.#claims.change([]);
  }

  /** Whoever has all jobs of a file has the file, but for one who looks at this moment whether it is in use. */
  async #move(path: string): Promise<void> {
    const before = this.#file;
    if (before?.path === path) return;
    this.#file = { path, lock: await lockJob(`${path}.lock`, { wait: true, onWait: () => {} }) };
    // It tells of jobs that nobody watches in this company any more.
    if (before) await removeLocal(before.path);
    await before?.lock.release();
  }

  /** What watches of some of these jobs said last: this one has them now. */
  async #removeCovered(): Promise<void> {
    const own = new Set(this.#jobs.map(keyOf));
    for (const path of await filesIn(this.#directory)) {
      const { claims } = (await readLocalJson(path, claimsSchema)) ?? {};
      if (path !== this.#file?.path && claims?.every((key) => own.has(key))) await removeLocal(path);
    }
  }
}

/** In the file of a watch, what tells its jobs from all others. */
const claimsSchema = z.object({ claims: z.array(z.string()) });

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []); // none was ever started
  return names.filter((name) => name.endsWith('.json')).map((name) => join(directory, name));
}

function fileNameOf(jobs: ClaimedJob[]): string {
  return `${digestOf(jobs.map(keyOf).sort())}.json`;
}

/** Locks of jobs, by what tells them apart. */
class Claims {
  readonly #directory: string;
  readonly #held = new Map<string, JobLock>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Has these and no others. @throws `busy`: then it has what it had */
  async change(jobs: ClaimedJob[]): Promise<void> {
    const wanted = new Map(jobs.map((job) => [keyOf(job), job]));
    const before = [...this.#held.keys()];
    try {
      for (const [key, job] of wanted) if (!this.#held.has(key)) this.#held.set(key, await this.#claim(job));
    } catch (error) {
      await this.#keep((key) => before.includes(key));
      throw error;
    }
    await this.#keep((key) => wanted.has(key));
  }

  async #claim(job: ClaimedJob): Promise<JobLock> {
    const path = join(this.#directory, `${digestOf(keyOf(job))}.job`);
    try {
      return await lockJob(path, { wait: false, onWait: () => {} });
    } catch (error) {
      throw isBmcloudError(error, 'busy') ? busy(job.name, error) : error;
    }
  }

  async #keep(isKept: (key: string) => boolean): Promise<void> {
    for (const [key, lock] of this.#held) {
      if (isKept(key)) continue;
      this.#held.delete(key);
      await lock.release();
    }
  }
}

function keyOf({ of, name }: ClaimedJob): string {
  return JSON.stringify([of, name]);
}

function digestOf(about: unknown): string {
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 16);
}

function busy(job: string, cause: BmcloudError): BmcloudError {
  const { pid } = cause.data as Partial<LockHolder>;
  const who = pid === undefined ? '' : `, by process ${pid}`;
  return new BmcloudError('busy', `${job} is being watched already${who}`, {
    hint: 'See "bmcloud watch --status"; to have it pushed now: "bmcloud push"',
    cause,
  });
}

/** All watches that wrote to a directory, the newest first. A lock that the kernel frees tells which of them run. */
export async function listWatches(directory: string): Promise<KnownWatch[]> {
  const watches: KnownWatch[] = [];
  for (const file of await filesIn(directory)) {
    const health = await readLocalJson(file, watchHealth);
    if (health) watches.push({ ...health, running: await isLocked(`${file}.lock`) });
  }
  return watches.sort((a, b) => (a.updated < b.updated ? 1 : -1));
}
