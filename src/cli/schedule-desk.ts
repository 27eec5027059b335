import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { isSea } from 'node:sea';
import { systemCodeOf } from '../errors.ts';
import type { ScheduleDesk, ScheduleSite } from '../index.ts';
import { type UserDirectories, userDirectories } from './directories.ts';
import type { Environment } from './environment.ts';

/**
 * What schedules need of this process and machine.
 * @param records the only directory of records to look at: what a scheduler was told when a schedule was added
 */
export async function scheduleDesk(
  environment: Environment,
  directories: UserDirectories,
  records: string | undefined,
): Promise<ScheduleDesk> {
  const { env, platform, home } = environment;
  const { systemRun } = await import('../index.ts');
  return {
    machine: {
      platform,
      home,
      uid: process.getuid?.(),
      user: platform === 'win32' ? windowsUser(environment) : environment.user,
      configHome: env.XDG_CONFIG_HOME || path.join(home, '.config'),
      temporary: os.tmpdir(),
      run: systemRun(env, platform),
    },
    program: programOf(),
    sites: records === undefined ? sitesOf(environment, directories) : [siteAt(records, directories)],
    now: () => environment.now(),
  };
}

function windowsUser({ env, user }: Environment): string {
  return env.USERDOMAIN ? `${env.USERDOMAIN}\\${env.USERNAME ?? user}` : user;
}

/** What starts this program again: Node and our script, or the one-file program. */
function programOf(): [string, ...string[]] {
  return isSea() ? [process.execPath] : [process.execPath, path.resolve(process.argv[1]!)];
}

/** Root's jobs are the system's, all others' are their own. On Windows there are both, and the system's are seen by who may. */
function sitesOf(environment: Environment, directories: UserDirectories): ScheduleSite[] {
  if (environment.platform === 'win32') {
    const system = siteOf('system', environment, windowsSystemDirectories(environment));
    const user = siteOf('user', environment, directories);
    return isHidden(system.records) ? [user] : [user, system];
  }
  if (process.getuid?.() !== 0) return [siteOf('user', environment, directories)];
  // HOME may be somebody else's, who must not decide what root carries out.
  const own = { ...environment, env: ownVariables(environment), home: os.userInfo().homedir };
  return [siteOf('system', environment, userDirectories(own))];
}

function siteOf(
  account: ScheduleSite['account'],
  environment: Environment,
  directories: UserDirectories,
): ScheduleSite {
  const bare = bareDirectories(account, environment);
  return {
    account,
    records: recordsIn(directories.config),
    isDefault: bare.config === directories.config,
    directories: variablesOf(directories),
  };
}

function siteAt(records: string, directories: UserDirectories): ScheduleSite {
  return { account: 'user', records, isDefault: false, directories: variablesOf(directories) };
}

function recordsIn(config: string): string {
  return path.join(config, 'schedules');
}

/** Where a process looks that the scheduler starts, with none of the variables of this shell. */
function bareDirectories(account: ScheduleSite['account'], environment: Environment): UserDirectories {
  const { platform, env } = environment;
  if (platform === 'win32' && account === 'system') return windowsSystemDirectories(environment);
  const given = platform === 'win32' ? { APPDATA: env.APPDATA, LOCALAPPDATA: env.LOCALAPPDATA } : {};
  return userDirectories({ ...environment, env: given, home: os.userInfo().homedir });
}

/** SYSTEM has no profile that anybody would look into. It is always the same place, because nobody else may write there. */
function windowsSystemDirectories(environment: Environment): UserDirectories {
  const data = environment.env.ProgramData || 'C:\\ProgramData';
  return userDirectories({ ...environment, env: { APPDATA: data, LOCALAPPDATA: data } });
}

const names = {
  cache: 'BMCLOUD_CACHE_DIR',
  state: 'BMCLOUD_STATE_DIR',
  config: 'BMCLOUD_CONFIG_DIR',
  data: 'BMCLOUD_DATA_DIR',
} as const;

function ownVariables({ env }: Environment): Environment['env'] {
  return Object.fromEntries(Object.values(names).map((name) => [name, env[name]]));
}

function variablesOf(directories: UserDirectories): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).map(([kind, name]) => [name, directories[kind as keyof UserDirectories]]),
  );
}

/** Whether this user may not see what is there; where there is nothing, there is nothing to hide. */
function isHidden(directory: string): boolean {
  try {
    readdirSync(directory);
    return false;
  } catch (error) {
    return systemCodeOf(error) !== 'ENOENT';
  }
}
