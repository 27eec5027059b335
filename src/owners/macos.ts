import { execFile } from 'node:child_process';
import { platform } from 'node:os';
import { messageOf, systemCodeOf } from '../errors.ts';
import type { LockOwner } from '../model/owner.ts';
import { identify } from './identity.ts';
import { lsofOptions, type OpenFile, parseLsof } from './lsof.ts';
import { byStrength, type FileOwners, holdingPhrase, type OwnedPath, TIME_IS_OVER } from './search.ts';
import type { TimeLimit } from './time-limit.ts';

/** A command line has room for so many paths. */
const PATHS_AT_ONCE = 100;
const MOST_OUTPUT = 64 * 1024 * 1024;

/** Runs lsof for at most `timeout` milliseconds. Resolves to what it printed, though it is not content (it fails when a file is held by nobody). */
export type RunLsof = (args: string[], timeout: number) => Promise<LsofOutput>;

export interface LsofOutput {
  text: string;
  /** What kept it from coming to its end. */
  problem?: string;
}

export interface MacSearch {
  time: TimeLimit;
  self: number;
  /** Others see only what is their own. */
  isRoot: boolean;
  run?: RunLsof;
}

/** Who holds each of `paths`, by lsof. */
export async function macOwners(paths: OwnedPath[], search: MacSearch): Promise<FileOwners[]> {
  const found: FileOwners[] = [];
  for (let i = 0; i < paths.length; i += PATHS_AT_ONCE)
    found.push(...(await ownersOfSome(paths.slice(i, i + PATHS_AT_ONCE), search)));
  return found;
}

async function ownersOfSome(paths: OwnedPath[], search: MacSearch): Promise<FileOwners[]> {
  const { time, run = systemLsof, isRoot } = search;
  if (time.over) return paths.map(() => ({ owners: [], unknown: TIME_IS_OVER }));
  const { text, problem } = await run([...lsofOptions, ...paths.map(String)], time.left);
  const open = parseLsof(text);
  const limits = problem ?? (isRoot ? undefined : OTHERS);
  return await Promise.all(
    paths.map(async (path) => {
      const { id, problem } = await identify(path, time);
      const unknown = problem ?? limits;
      return {
        owners: ownersAmong(filesAt(path, id, open), search.self),
        ...(unknown !== undefined && { unknown }),
      };
    }),
  );
}

const OTHERS = 'programs of other users cannot be seen: run as root to see them';

/** Found by device and inode: the name that lsof prints may be another one of the same file. */
function filesAt(path: OwnedPath, id: string | undefined, open: OpenFile[]): OpenFile[] {
  return open.filter((file) => (file.id === undefined ? file.path === String(path) : file.id === id));
}

function ownersAmong(open: OpenFile[], self: number): LockOwner[] {
  const processes = Map.groupBy(open, ({ pid }) => pid);
  processes.delete(self);
  const owners = Array.from(processes, ([pid, files]): LockOwner => {
    const [{ program, user }] = files as [OpenFile];
    return {
      pid,
      program,
      ...(user !== undefined && { user }),
      how: holdingPhrase(files.map(({ way }) => way)),
    };
  });
  return byStrength(owners);
}

/** Where macOS has it, for cron looks elsewhere. */
const LSOF = platform() === 'darwin' ? '/usr/sbin/lsof' : 'lsof';

const systemLsof: RunLsof = (args, timeout) =>
  new Promise((resolve) => {
    const options = { timeout, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT } as const;
    execFile(LSOF, args, options, (error, text) => {
      if (error === null || error.code === 1) resolve({ text });
      else resolve({ text, problem: error.killed ? TIME_IS_OVER : problemOf(error) });
    });
  });

function problemOf(error: unknown): string {
  return systemCodeOf(error) === 'ENOENT' ? 'lsof is not installed' : `lsof failed: ${messageOf(error)}`;
}
