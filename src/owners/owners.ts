import { throwIfInterrupted } from '../flow/sleep.ts';
import type { LockOwner } from '../model/owner.ts';
import { linuxOwners } from './linux.ts';
import { macOwners } from './macos.ts';
import { type LookUp, nameOwners } from './names.ts';
import type { FileOwners, OwnedPath } from './search.ts';
import { TimeLimit } from './time-limit.ts';
import { type WindowsOwners, windowsOwners } from './windows.ts';

export type { FileOwners } from './search.ts';

export interface FindOwnersOptions {
  platform: NodeJS.Platform;
  /** The addon; without it, nothing is known on Windows. */
  windows?: WindowsOwners | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for all paths together, names included; 5 seconds. What was found until then counts. */
  deadline?: number;
  /** Asks the system for programs, users and command lines. */
  lookUp?: LookUp;
}

const DEADLINE = 5000;

/**
 * Which programs hold each of `paths`, this one left out: one answer for each path, in their order. What cannot be found out is
 * told in the answer and is never an exception.
 * @throws `interrupted`
 */
export async function findOwners(paths: OwnedPath[], options: FindOwnersOptions): Promise<FileOwners[]> {
  const time = new TimeLimit(options.deadline ?? DEADLINE, options.signal);
  const found = paths.length === 0 ? [] : await search(paths, options, time);
  const named = await nameAll(found, options, time);
  throwIfInterrupted(options.signal);
  return named;
}

async function search(
  paths: OwnedPath[],
  { platform, windows }: FindOwnersOptions,
  time: TimeLimit,
): Promise<FileOwners[]> {
  const self = process.pid;
  const isRoot = process.getuid?.() === 0;
  if (platform === 'linux') return await linuxOwners(paths, { time, self, isRoot });
  if (platform !== 'win32') return await macOwners(paths, { time, self, isRoot });
  const answers = await windowsOwners(paths, { windows, time });
  return answers.map((answer) => ({ ...answer, owners: answer.owners.filter(({ pid }) => pid !== self) }));
}

/** All of them in one question. */
async function nameAll(
  found: FileOwners[],
  { platform, lookUp }: FindOwnersOptions,
  time: TimeLimit,
): Promise<FileOwners[]> {
  const nameless = found.flatMap(({ owners }) => owners).filter((owner) => wantsName(owner, platform));
  const named = new Map((await nameOwners(nameless, time, lookUp)).map((owner, i) => [nameless[i], owner]));
  return found.map((file) => ({
    ...file,
    owners: file.owners.map((owner) => printable(named.get(owner) ?? owner)),
  }));
}

/** On Windows the addon knows the names, and asking elsewhere takes seconds. */
function wantsName({ program, user, commandLine }: LockOwner, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return program === 'unknown';
  return program === 'unknown' || user === undefined || commandLine === undefined;
}

/** Programs choose their names: none of them may steer a terminal. */
function printable(owner: LockOwner): LockOwner {
  const facts = Object.entries(owner).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' ? value.replace(/\p{Cc}/gu, ' ').trim() : value,
  ]);
  return Object.fromEntries(facts) as LockOwner;
}
