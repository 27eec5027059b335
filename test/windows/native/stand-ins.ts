import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';

/*
 * What the stand-ins of the Windows lane (test/windows/stand-ins/) are told and tell.
 */

/** Only the lane has them: on a real Windows its own VSS answers, and takes no faults. */
export const haveStandIns = process.platform === 'win32' && existsSync('C:\\windows\\system32\\lock.exe');

/** A real Windows, made for tests, and whether they run as an administrator there. */
export const realWindows = process.env.BMCLOUD_TEST_REAL_WINDOWS as 'elevated' | 'standard' | undefined;

/** A volume of the lane's own, small enough to be copied for every snapshot. */
export const volume = 'T:\\';

/** What goes wrong; see `faults.h`. */
export interface Faults {
  FAIL?: string;
  DELAY_MS?: string;
  WRITER?: string;
  UNSUPPORTED?: string;
  /** Volumes mounted in directories; see `mounts.h`. */
  MOUNTS?: string;
}

/** Runs with faults. @returns every call that VSS saw, in order */
export async function withFaults(faults: Faults, run: () => Promise<void>): Promise<string[]> {
  const log = `C:\\vss-calls-${process.pid}.txt`;
  const settings = Object.entries({ ...faults, LOG: log }).map(([name, value]) => [`FAKEVSS_${name}`, value]);
  Object.assign(process.env, Object.fromEntries(settings));
  try {
    await run();
    return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
  } finally {
    for (const [name] of settings) delete process.env[name as string];
    rmSync(log, { force: true });
  }
}

const devices = '\\\\?\\GLOBALROOT\\Device\\';

/** The snapshots that a process made and that are still there, as paths of devices. */
export function snapshotsOf(pid: number): string[] {
  return readdirSync(devices)
    .filter((name) => Math.trunc(Number(name.replace('HarddiskVolumeShadowCopy', '')) / 100) === pid)
    .map((name) => `${devices}${name}`);
}

/** A program for Node that holds a file by a share mode of none (libuv's UV_FS_O_EXLOCK), and says its number. */
const HOLDER = `fs.openSync(process.argv[1], fs.constants.O_RDWR | 0x10000000); console.log(process.pid); setInterval(() => {}, 1e6)`;

/** Another process that holds a file so that nobody else can open it. */
export async function lockFile(path: string): Promise<{ pid: number; release(): Promise<void> }> {
  const [program, args] = haveStandIns
    ? ['lock.exe', [path, '60']]
    : [process.execPath, ['-e', HOLDER, path]];
  const holder = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [pid] = (await once(holder.stdout, 'data')) as [Buffer];
  return {
    pid: Number(String(pid)),
    async release() {
      const gone = once(holder, 'exit');
      holder.kill();
      await gone;
    },
  };
}
