import { Worker } from 'node:worker_threads';
import { threadLimits } from '../flow/thread-limits.ts';
import type { LockOwner } from '../model/owner.ts';
import type { TimeLimit } from './time-limit.ts';

/** What the system tells of a process. */
export interface ProcessFacts {
  pid: number;
  program: string;
  /** Empty where it is not told. */
  user: string;
  commandLine: string;
}

/** Looks processes up by their numbers; those that ended are left out. */
export type LookUp = (pids: number[], time: TimeLimit) => Promise<ProcessFacts[]>;

/** Fills in what is missing of `owners`: what is there already counts. What cannot be found stays away. */
export async function nameOwners(
  owners: LockOwner[],
  time: TimeLimit,
  lookUp: LookUp = lookUpInThread,
): Promise<LockOwner[]> {
  if (owners.length === 0 || time.over) return owners;
  const pids = [...new Set(owners.map(({ pid }) => pid))];
  const facts = new Map((await lookUp(pids, time)).map((process) => [process.pid, process]));
  return owners.map((owner) => completed(owner, facts.get(owner.pid)));
}

function completed(owner: LockOwner, facts: ProcessFacts | undefined): LockOwner {
  if (!facts) return owner;
  const user = owner.user || facts.user;
  const commandLine = owner.commandLine || facts.commandLine;
  return {
    ...owner,
    program: owner.program === 'unknown' ? facts.program || 'unknown' : owner.program,
    ...(user && { user }),
    ...(commandLine && { commandLine }),
  };
}

/**
 * In a thread, which is ended when the time is over: with some thousands of processes the package's own command line grows too
 * long, and it throws where nobody can catch it. Names are an extra: without them the numbers remain.
 */
const lookUpInThread: LookUp = async (pids, time) => {
  const file = import.meta.url.endsWith('.ts') ? './names-thread.ts' : './names-thread.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: pids,
    resourceLimits: threadLimits.brief,
  });
  const answer = new Promise<ProcessFacts[]>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve([]));
    worker.once('exit', () => resolve([]));
  });
  const facts = await time.within(answer);
  await worker.terminate();
  return facts ?? [];
};
