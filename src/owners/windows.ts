import { messageOf } from '../errors.ts';
import type { LockOwner } from '../model/owner.ts';
import { type FileOwners, type OwnedPath, TIME_IS_OVER } from './search.ts';
import type { TimeLimit } from './time-limit.ts';

/** What Windows is asked by: the addon. */
export interface WindowsOwners {
  /** Who holds a file, looked for at most `deadlineMs` milliseconds. */
  lockOwners(path: string, options: { deadlineMs: number }): Promise<WindowsAnswer>;
}

export interface WindowsAnswer {
  /** The program is empty where Windows does not tell. */
  owners: readonly LockOwner[];
  /** What went wrong on the way, and what could not be looked at. */
  notes: readonly string[];
}

/** Who holds each of `paths`. One after the other: Windows has few sessions for such questions. */
export async function windowsOwners(
  paths: OwnedPath[],
  { windows, time }: { windows: WindowsOwners | undefined; time: TimeLimit },
): Promise<FileOwners[]> {
  const found: FileOwners[] = [];
  for (const path of paths) found.push(await ask(String(path), windows, time));
  return found;
}

async function ask(path: string, windows: WindowsOwners | undefined, time: TimeLimit): Promise<FileOwners> {
  if (!windows) return { owners: [], unknown: 'the part of bmcloud that asks Windows is not installed' };
  if (time.over) return { owners: [], unknown: TIME_IS_OVER };
  try {
    const answer = await time.within(windows.lockOwners(path, { deadlineMs: time.left }));
    if (!answer) return { owners: [], unknown: TIME_IS_OVER };
    return mapped(answer);
  } catch (error) {
    return { owners: [], unknown: messageOf(error) };
  }
}

function mapped({ owners, notes }: WindowsAnswer): FileOwners {
  const unknown = notes.join('; ');
  return { owners: owners.map(known), ...(unknown && { unknown }) };
}

/** The facts of the model, and no others. */
function known({ pid, program, user, service, commandLine, how }: LockOwner): LockOwner {
  return {
    pid,
    program: program || 'unknown',
    ...(user && { user }),
    ...(service && { service }),
    ...(commandLine && { commandLine }),
    ...(how && { how }),
  };
}
