import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod/mini';
import { BmcloudError } from '../errors.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { type Sleep, systemSleep } from '../flow/sleep.ts';
import { type KernelLock, tryFileLock, tryLock } from './kernel-lock.ts';
import { removeLocal } from './local-files.ts';

/*
 * One push of a job at a time on one machine.
 */

const ASK_AGAIN = 500;
const ASK_SOON = 20;

export interface LockHolder {
  pid: number;
  since: string;
}

const holderSchema = z.object({ pid: z.number(), since: z.string() });

export type JobLock = KernelLock;

/**
 * Takes the lock of a job.
 * @param path what is locked: a name, and beside it a file that tells others who holds it
 * @param onWait told once, when somebody else holds it and `wait` is set
 * @throws `busy` when somebody else holds it and `wait` is not set; `interrupted`
 */
export async function lockJob(
  path: string,
  options: {
    wait: boolean;
    onWait: (holder: LockHolder | undefined) => void;
    signal?: AbortSignal | undefined;
    sleep?: Sleep;
  },
): Promise<JobLock> {
  await makeDirectories(dirname(path), 0o700);
  const { sleep = systemSleep } = options;
  for (let told = false; ; ) {
    const held = await tryFileLock(path);
    if (held) return await announced(held, path);
    const holder = await readHolder(path);
    if (!options.wait) throw busy(holder);
    if (!told) options.onWait(holder);
    told = true;
    await sleep(ASK_AGAIN, options.signal);
  }
}

/** Takes a lock of any name, and waits for it: whoever holds it is done soon. */
export async function lockPath(path: string): Promise<JobLock> {
  await makeDirectories(dirname(path), 0o700);
  for (;;) {
    const held = await tryLock(path);
    if (held) return held;
    await systemSleep(ASK_SOON);
  }
}

async function announced(held: JobLock, path: string): Promise<JobLock> {
  try {
    await writeFile(`${path}.holder`, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
  } catch (error) {
    await held.release();
    throw error;
  }
  return {
    release: async () => {
      await removeLocal(`${path}.holder`);
      await held.release();
    },
  };
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(`${path}.holder`, 'utf8')));
  } catch {
    return undefined;
  }
}

function busy(holder: LockHolder | undefined): BmcloudError {
  const who = holder ? ` (process ${holder.pid}, since ${holder.since})` : '';
  return new BmcloudError('busy', `Another push of this job is running${who}`, {
    hint: 'Wait until it is done, or stop it',
    data: { ...holder },
  });
}
