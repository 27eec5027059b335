import path from 'node:path';
import type { Environment } from './environment.ts';

/** Where bmcloud keeps things of this user; all absolute. */
export interface UserDirectories {
  /** May be deleted at any time. */
  cache: string;
  /** What must be remembered for safety: the newest snapshots seen. */
  state: string;
  /** Configuration, the machine's id, key files. */
  config: string;
  /** The local repository that is made when nothing is configured. */
  data: string;
}

/** `BMCLOUD_…_DIR`, else the platform's custom (XDG on Linux). */
export function userDirectories(
  environment: Pick<Environment, 'env' | 'home' | 'platform' | 'cwd'>,
): UserDirectories {
  const { env, cwd } = environment;
  const defaults = platformDirectories(environment);
  const choose = (name: string, fallback: string) => path.resolve(cwd, env[name] || fallback);
  return {
    cache: choose('BMCLOUD_CACHE_DIR', defaults.cache),
    state: choose('BMCLOUD_STATE_DIR', defaults.state),
    config: choose('BMCLOUD_CONFIG_DIR', defaults.config),
    data: choose('BMCLOUD_DATA_DIR', defaults.data),
  };
}

function platformDirectories({ env, home, platform }: Pick<Environment, 'env' | 'home' | 'platform'>) {
  if (platform === 'win32') return windowsDirectories(env, home);
  return platform === 'darwin' ? macDirectories(home) : xdgDirectories(env, home);
}

function xdgDirectories(env: Environment['env'], home: string): UserDirectories {
  const choose = (name: string, fallback: string) => {
    const given = env[name];
    // The XDG specification says to ignore relative paths.
    return path.join(given && path.isAbsolute(given) ? given : path.join(home, fallback), 'bmcloud');
  };
  return {
    cache: choose('XDG_CACHE_HOME', '.cache'),
    state: choose('XDG_STATE_HOME', '.local/state'),
    config: choose('XDG_CONFIG_HOME', '.config'),
    data: choose('XDG_DATA_HOME', '.local/share'),
  };
}

function macDirectories(home: string): UserDirectories {
  const support = path.join(home, 'Library', 'Application Support', 'bmcloud');
  return {
    cache: path.join(home, 'Library', 'Caches', 'bmcloud'),
    state: path.join(support, 'state'),
    config: path.join(support, 'config'),
    data: path.join(support, 'data'),
  };
}

function windowsDirectories(env: Environment['env'], home: string): UserDirectories {
  const local = env.LOCALAPPDATA || path.win32.join(home, 'AppData', 'Local');
  const roaming = env.APPDATA || path.win32.join(home, 'AppData', 'Roaming');
  return {
    cache: path.win32.join(local, 'bmcloud', 'cache'),
    state: path.win32.join(local, 'bmcloud', 'state'),
    config: path.win32.join(roaming, 'bmcloud'),
    data: path.win32.join(local, 'bmcloud', 'data'),
  };
}
