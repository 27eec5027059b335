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
  owners: readonly LockOwner[];
  /** Why there may be more. */
  unknown?: string | undefined;
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
    const { owners, unknown } = answer;
    return { owners: [...owners], ...(unknown !== undefined && { unknown }) };
  } catch (error) {
    return { owners: [], unknown: messageOf(error) };
  }
}
