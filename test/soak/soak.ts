import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { KnownWatch } from '../../src/watch-health.ts';
import { type Listed, listingOf } from '../format/disk.ts';
import { Daemon, type Ended } from './daemon.ts';

/*
 * A soak of `watch`: a child changes files all the time, the daemon is killed and restarted, and when the child rests, what the
 * daemon stored by itself restores to the very tree.
 */

export interface SoakOptions {
  seconds: number;
  /** How often the daemon is ended and begun again. */
  restarts: number;
  /** Default: a directory. */
  repository?: string;
  /** Credentials of the store, say. */
  env?: Record<string, string>;
  seed?: number;
  log?: (line: string) => void;
}

export interface SoakResult {
  snapshots: number;
  files: number;
  kills: number;
  /** Of the daemon, in MiB; where the system tells. */
  residentMiB: number[];
}

/** How long the daemon may take to store what was last changed. */
const CATCH_UP = 120_000;
const QUIET = 2500;
/** Between two looks at its memory. */
const SAMPLE = 60_000;

/** @throws AssertionError when something was lost, or a daemon did not end as it should */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const root = await mkdtemp(join(tmpdir(), 'bmcloud-soak-'));
  const churn = await beginChurn(join(root, 'source'), options.seed ?? 1);
  try {
    return await new Soak(root, options).run(churn);
  } finally {
    churn.kill();
    await rm(root, { recursive: true, force: true });
  }
}

async function beginChurn(directory: string, seed: number): Promise<ChildProcess> {
  await mkdir(directory);
  const file = fileURLToPath(new URL('churn.ts', import.meta.url));
  const child = spawn(process.execPath, [file, directory, String(seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
}

class Soak {
  readonly #root: string;
  readonly #options: SoakOptions;
  readonly #env: Record<string, string>;
  readonly #log: (line: string) => void;
  readonly #resident: number[] = [];

  constructor(root: string, options: SoakOptions) {
    this.#root = root;
    this.#options = options;
    this.#log = options.log ?? (() => {});
    const within = (name: string) => join(root, 'home', name);
    this.#env = {
      HOME: within('.'),
      BMCLOUD_CACHE_DIR: within('cache'),
      BMCLOUD_STATE_DIR: within('state'),
      BMCLOUD_CONFIG_DIR: within('config'),
      BMCLOUD_DATA_DIR: within('data'),
      BMCLOUD_REPO: options.repository ?? join(root, 'repository'),
      BMCLOUD_PASSPHRASE: 'soak',
      ...options.env,
    };
  }

  async run(churn: ChildProcess): Promise<SoakResult> {
    const { seconds, restarts } = this.#options;
    await this.#must('init', '--recovery-key-file', join(this.#root, 'key'));
    const turn = (seconds * 1000) / (restarts + 1);
    let kills = 0;
    for (let n = 0; n < restarts; n++) {
      const daemon = this.#watch();
      await this.#atWork(daemon, turn);
      // Every other time it is told; a kill comes at any moment.
      const isTold = n % 2 === 1;
      const ended = await daemon.end(isTold ? 'SIGTERM' : 'SIGKILL');
      this.#log(`restart ${n + 1} of ${restarts} after ${isTold ? 'SIGTERM' : 'SIGKILL'}`);
      if (isTold) assert.equal(ended.code, 0, ended.stderr);
      else kills++;
    }
    const last = this.#watch();
    await this.#atWork(last, turn);
    await this.#endChurn(churn);
    await this.#caughtUp(last);
    const ended = await last.end('SIGTERM');
    assert.equal(ended.code, 0, ended.stderr);
    return { ...(await this.#checkAll()), kills, residentMiB: this.#resident };
  }

  #watch(): Daemon {
    const pace = ['--interval', '2s', '--debounce', '300ms', '--min-distance', '200ms'];
    return this.#begin('watch', this.#source, ...pace);
  }

  /** Lets it work; it must not end by itself. */
  async #atWork(daemon: Daemon, milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds * (0.8 + 0.4 * Math.random());
    while (Date.now() < end) {
      await sleep(Math.min(SAMPLE, end - Date.now()));
      assert.equal(daemon.hasEnded, false, `The watch ended by itself:\n${daemon.stdout}${daemon.stderr}`);
      await this.#sample();
    }
  }

  async #sample(): Promise<void> {
    const { pid, jobs } = await this.#running();
    const resident = await residentOf(pid);
    this.#resident.push(resident);
    const { checks = 0, pushes = 0, failures = 0 } = jobs[0] ?? {};
    this.#log(`${checks} checks, ${pushes} pushes, ${failures} failures; ${resident} MiB`);
  }

  async #endChurn(churn: ChildProcess): Promise<void> {
    churn.stdin?.end();
    await once(churn, 'close');
    await sleep(QUIET);
  }

  /** Waits for a check that began after now, and went well. */
  async #caughtUp(daemon: Daemon): Promise<void> {
    const now = new Date().toISOString();
    for (const end = Date.now() + CATCH_UP; Date.now() < end; await sleep(200)) {
      const { state, lastCheck = '', lastSuccess = '' } = (await this.#running()).jobs[0] ?? {};
      if (state === 'waiting' && lastCheck > now && lastSuccess >= lastCheck) return;
    }
    assert.fail(`The watch did not catch up:\n${daemon.stdout}${daemon.stderr}`);
  }

  /** What was stored restores to what is there; every snapshot is whole. */
  async #checkAll(): Promise<Pick<SoakResult, 'snapshots' | 'files'>> {
    const target = join(this.#root, 'restored');
    await this.#must('restore', '--to', target);
    const expected = listingOf(this.#source);
    assertSame(listingOf(target), expected);
    await this.#must('verify', '--read-data');
    const { snapshots } = await this.#json<{ snapshots: object[] }>('snapshots');
    return { snapshots: snapshots.length, files: Object.keys(expected).length };
  }

  get #source(): string {
    return join(this.#root, 'source');
  }

  async #json<T>(...args: string[]): Promise<T> {
    return JSON.parse((await this.#begin(...args, '--json').end()).stdout) as T;
  }

  /** The watch that runs. */
  async #running(): Promise<KnownWatch> {
    const { watches } = await this.#json<{ watches: KnownWatch[] }>('watch', '--status');
    const running = watches.filter((watch) => watch.running);
    assert.equal(running.length, 1);
    return running[0] as KnownWatch;
  }

  async #must(...args: string[]): Promise<Ended> {
    const ended = await this.#begin(...args).end();
    assert.equal(ended.code, 0, `bmcloud ${args.join(' ')}\n${ended.stdout}${ended.stderr}`);
    return ended;
  }

  #begin(...args: string[]): Daemon {
    return new Daemon(args, this.#env, this.#root);
  }
}

/** Node sets times to the microsecond, or better. */
const NEAR = 1000n;

function assertSame(found: Record<string, Listed>, expected: Record<string, Listed>): void {
  const compared = Object.entries(found).map(([path, entry]) => {
    const distance = BigInt(entry.mtime) - BigInt(expected[path]?.mtime ?? 0);
    const isNear = distance < NEAR && distance > -NEAR;
    return [path, isNear ? { ...entry, mtime: expected[path]?.mtime } : entry] as const;
  });
  assert.deepEqual(Object.fromEntries(compared), expected);
}

/** MiB; 0 where the system has no /proc. */
async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
