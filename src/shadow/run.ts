import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { BmcloudError } from '../errors.ts';
import { refusal } from './refuse.ts';

/** How a program ended. */
export interface Finished {
  /** Its exit status; -1 if a signal ended it. */
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** In milliseconds. */
  timeoutMs?: number;
}

/**
 * Runs a program by its arguments, without a shell. `missing`: it is not installed. There is no way to stop one in the middle:
 * it is a matter of moments, and what a stopped one did is hard to tell.
 * @throws `source-unreadable` after its time
 */
export type RunProgram = (argv: readonly string[], options?: RunOptions) => Promise<Finished | 'missing'>;

const DEFAULT_TIMEOUT = 60_000;
/** How long a program may take to end when told so: a volume manager killed outright can leave a device suspended. */
const GRACE = 10_000;

/** Where system programs are: what root runs is not up to the caller's PATH. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

export const runProgram: RunProgram = async (argv, { timeoutMs = DEFAULT_TIMEOUT } = {}) => {
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, {
    env: { PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Of a group of its own: a Ctrl-C in the terminal must not end it halfway, we clean up after it.
    detached: true,
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const status = await ended(child, program, timeoutMs);
  return status === 'missing' ? status : { status, stdout: stdout(), stderr: stderr() };
};

function collect(stream: Readable): () => string {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function ended(child: Child, program: string, timeoutMs: number): Promise<number | 'missing'> {
  return new Promise((resolve, reject) => {
    let late = false;
    let timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      timer = setTimeout(() => {
        letGo(child);
        reject(tooSlow(program, timeoutMs));
      }, GRACE);
    }, timeoutMs);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ENOENT') resolve('missing');
      else reject(cannotRun(program, error));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) reject(tooSlow(program, timeoutMs));
      else resolve(code ?? -1);
    });
  });
}

/** It hangs in the kernel: nothing of it may keep this process from ending. */
function letGo(child: Child): void {
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
}

function tooSlow(program: string, timeoutMs: number): BmcloudError {
  return refusal(`${program} did not finish within ${timeoutMs / 1000} s`);
}

function cannotRun(program: string, cause: Error): BmcloudError {
  return refusal(`${program} cannot be run: ${cause.message}`, { cause });
}

/**
 * What a program printed.
 * @param failure what it means if there is none, as `/home cannot be frozen`
 * @throws `source-unreadable` with that and its own words, where it failed or is not installed
 */
export async function outputOf(
  run: RunProgram,
  argv: readonly string[],
  failure: string,
  options: RunOptions = {},
): Promise<string> {
  const finished = await run(argv, options);
  if (finished === 'missing') throw refusal(`${failure}: the program ${argv[0]} is not installed`);
  if (finished.status === 0) return finished.stdout;
  throw refusal(`${failure}: ${argv[0]}: ${complaint(finished)}`, {
    // Somebody has a file in it open, maybe only for a moment.
    transient: /\bbusy\b|in use/i.test(finished.stderr),
    data: { argv: [...argv], status: finished.status, stderr: finished.stderr },
  });
}

/** As a rule the first line of what it printed says what is wrong. */
function complaint({ status, stderr }: Finished): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const line = lines.find((text) => text !== '' && !/^(WARNING|File descriptor )/.test(text));
  return line?.replace(/^ERROR: /, '') ?? `exit status ${status}`;
}
