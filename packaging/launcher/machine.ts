import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { codeOf } from './start-error.ts';

/** What decides where the program may be unpacked. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Record<string, string | undefined>;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  /** What the environment calls home. */
  readonly home: string;
  /** The user's directory as the system knows it, whatever the environment says; undefined for a user without a name. */
  readonly profile: string | undefined;
  /** More may be done than the user's other programs may: what those can write must not be believed. */
  readonly elevated: boolean;
}

export function thisMachine(): Machine {
  const { platform, env } = process;
  const uid = process.getuid?.();
  return {
    platform,
    env,
    uid,
    home: os.homedir(),
    profile: profileOf(),
    elevated: platform === 'win32' ? readsRegistryFiles(env) : uid === 0,
  };
}

function profileOf(): string | undefined {
  try {
    return os.userInfo().homedir;
  } catch (error) {
    if (codeOf(error) === 'ERR_SYSTEM_ERROR') return undefined;
    throw error;
  }
}

/** Only administrators, when elevated, and the system itself may look into this folder; any doubt counts as elevated. */
function readsRegistryFiles(env: Machine['env']): boolean {
  try {
    readdirSync(path.win32.join(env.SystemRoot || 'C:\\Windows', 'System32', 'config'));
    return true;
  } catch (error) {
    return codeOf(error) !== 'EPERM' && codeOf(error) !== 'EACCES';
  }
}
