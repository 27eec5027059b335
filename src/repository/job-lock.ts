import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { BmcloudError, systemCodeOf } from '../errors.ts';
import { type Sleep, systemSleep } from '../flow/sleep.ts';
import { removeLocal } from './local-files.ts';

/*
 * One push of a job at a time on one machine: held by something the kernel frees however the process ends. Never a lock file
 * that outlives a crash.
 */

const ASK_AGAIN = 500;
const ASK_SOON = 20;
/** macOS: open(2) takes an exclusive flock with it. */
const O_EXLOCK = 0x20;
/** libuv on Windows: open with share mode 0 (UV_FS_O_EXLOCK). */
const EXCLUSIVE_SHARE = 0x1000_0000;

export interface LockHolder {
  pid: number;
  since: string;
}

const holderSchema = z.object({ pid: z.number(), since: z.string() });

export interface JobLock {
  release(): Promise<void>;
}

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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { sleep = systemSleep } = options;
  for (let told = false; ; ) {
    const held = await tryLock(path);
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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (;;) {
    const held = await tryLock(path);
    if (held) return held;
    await systemSleep(ASK_SOON);
  }
}

async function announced(held: JobLock, path: string): Promise<JobLock> {
  await writeFile(`${path}.holder`, JSON.stringify({ pid: process.pid, since: new Date().toISOString() }));
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
  });
}

async function tryLock(path: string): Promise<JobLock | undefined> {
  return process.platform === 'linux'
    ? await bindAbstract(`\0bmcloud-${nameOf(path)}`)
    : openExclusively(path);
}

/** Of bounded length: an abstract socket's name has at most 107 bytes. */
function nameOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32);
}

/** An abstract socket has no file: the name is free the moment its process is gone. */
async function bindAbstract(name: string): Promise<JobLock | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(name, resolve);
    });
  } catch (error) {
    if (systemCodeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return { release: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function openExclusively(path: string): JobLock | undefined {
  const flags =
    constants.O_RDWR |
    constants.O_CREAT |
    (process.platform === 'win32' ? EXCLUSIVE_SHARE : O_EXLOCK | constants.O_NONBLOCK);
  try {
    const descriptor = openSync(path, flags, 0o600);
    return { release: async () => closeSync(descriptor) };
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}
