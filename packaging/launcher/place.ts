import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.ts';
import { makeOwn } from './own-directory.ts';
import { codeOf, StartError } from './start-error.ts';

/** A directory that unpacked programs are kept in, one directory each. */
export interface Place {
  readonly directory: string;
  /** Whoever is not more powerful than this process cannot write here. */
  readonly protected: boolean;
}

/**
 * Finds and makes the place for unpacked programs: nobody but this user, and who is more powerful anyway, can write there.
 * @throws StartError where there is none
 */
export function findPlace(machine: Machine): Place {
  return machine.platform === 'win32' ? windowsPlace(machine) : ownPlace(machine);
}

function ownPlace({ env, uid, home, profile }: Machine): Place {
  const given = env.XDG_CACHE_HOME;
  // HOME may be somebody else's (sudo), who must not decide what root runs.
  const fallback = path.join((uid === 0 && profile) || home, '.cache');
  // The XDG specification says to ignore relative paths.
  const cache = given && path.isAbsolute(given) ? given : fallback;
  return { directory: makeOwn(cache, ['bmcloud', 'program'], uid ?? 0), protected: true };
}

/**
 * The rights of the folder above decide: a user's AppData\Local is his alone, Program Files are the administrators'. The latter
 * for who is elevated, since what he runs could otherwise be exchanged, after the check, by any program of the same user.
 */
function windowsPlace(machine: Machine): Place {
  if (machine.elevated) {
    const directory = path.win32.join(machine.env.ProgramFiles || 'C:\\Program Files', 'bmcloud', 'program');
    if (made(directory)) return { directory, protected: true };
  }
  const directory = path.win32.join(localData(machine), 'bmcloud', 'program');
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new StartError(`${directory} cannot be made: ${(error as Error).message}`, undefined, error);
  }
  return { directory, protected: !machine.elevated };
}

function made(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true });
    return true;
  } catch (error) {
    if (['EPERM', 'EACCES', 'EROFS'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** %LOCALAPPDATA%, if it is the user's own. */
export function localData({ env, home, profile = home }: Machine): string {
  const local = env.LOCALAPPDATA || path.win32.join(profile, 'AppData', 'Local');
  const steps = path.win32.relative(profile, local);
  if (steps !== '' && !steps.startsWith('..') && !path.win32.isAbsolute(steps)) return local;
  throw new StartError(
    `LOCALAPPDATA is ${local}, outside of your profile ${profile}: others may be able to write there`,
    'Unset LOCALAPPDATA, or set it to a folder in your profile.',
  );
}
