import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import type { Environment } from './environment.ts';

/** A program to run beside ours. */
export interface ChildCommand {
  program: string;
  args: string[];
  /** The shell reads `program` as a command line. */
  shell?: boolean;
}

export interface ChildOptions {
  env: Environment['env'];
  platform: NodeJS.Platform;
  /** Where it starts; without it, where we are. */
  cwd?: string;
  /** Standard input; without it, it is empty. */
  input?: string;
  /** Then it is ended, with all that it started. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const ERRORS_KEPT = 4096;
/** Milliseconds for the last words of a program that ended; what it left running in the background may keep them open for ever. */
const LAST_WORDS = 200;

/**
 * Runs a program to its end. It sees none of our secrets and has a process group of its own; what it prints is thrown away, but
 * for the last line of its errors.
 * @returns what went wrong, in words; undefined: it ended well. Never throws.
 */
export async function runChild(command: ChildCommand, options: ChildOptions): Promise<string | undefined> {
  try {
    return await outcome(start(command, options), options);
  } catch (error) {
    return `it could not be started: ${messageOf(error)}`;
  }
}

function start({ program, args, shell = false }: ChildCommand, options: ChildOptions): ChildProcess {
  const spawnOptions: SpawnOptions = {
    shell,
    env: withoutSecrets(options.env),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ['pipe', 'ignore', 'pipe'],
    // On Windows a group of its own would be a window of its own.
    detached: options.platform !== 'win32',
    windowsHide: true,
  };
  const child = shell ? spawn(program, spawnOptions) : spawn(program, args, spawnOptions);
  // A program that does not read its input is no failure.
  child.stdin?.on('error', () => {}).end(options.input ?? '');
  return child;
}

async function outcome(child: ChildProcess, options: ChildOptions): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const stop = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  const kill = () => endTree(child, options);
  stop.addEventListener('abort', kill, { once: true });
  if (stop.aborted) kill();
  try {
    const lastWords = wordsOf(child);
    const end = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.on('error', reject).on('exit', (code, signal) => resolve(code ?? signal ?? 0));
    });
    if (timeout.aborted) return `it took longer than ${options.timeoutMs / 1000} s and was ended`;
    if (stop.aborted) return 'it was interrupted';
    return end === 0 ? undefined : failureOf(end, await lastWords());
  } finally {
    stop.removeEventListener('abort', kill);
    child.stderr?.destroy();
  }
}

/** Gathers the end of what a program says on stderr. */
function wordsOf({ stderr }: ChildProcess): () => Promise<string> {
  let words = '';
  stderr?.setEncoding('utf8').on('data', (piece: string) => {
    words = (words + piece).slice(-ERRORS_KEPT);
  });
  const closed = new Promise<void>((resolve) => stderr?.once('close', resolve));
  return async () => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS).unref());
    await Promise.race([closed, late]);
    return words;
  };
}

function failureOf(end: number | NodeJS.Signals, words: string): string {
  const line = words
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/\p{Cc}/gu, ' ')
    .trim();
  const how = typeof end === 'number' ? `it failed with exit code ${end}` : `it was ended by ${end}`;
  return line === '' ? how : `${how}: ${line}`;
}

/** The program and what it started. */
/** Ends a child that is a group of its own, with all that it started. */
export function endTree(
  child: ChildProcess,
  { platform, env }: Pick<ChildOptions, 'platform' | 'env'>,
): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (platform === 'win32') {
    const taskkill = systemProgram(env, 'taskkill.exe');
    // Where that does not work, the program itself at least.
    spawn(taskkill, ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true })
      .on('error', () => child.kill())
      .on('exit', (code) => code === 0 || child.kill());
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** A program of Windows by its whole path: a bare name would be looked for in the current directory first. */
export function systemProgram(env: Environment['env'], name: string): string {
  return path.win32.join(env.SystemRoot || 'C:\\Windows', 'System32', name);
}

/** What opens the repository is not for others. */
export function withoutSecrets(env: Environment['env']): Environment['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

const secret = /^(AWS_|BMCLOUD_PASSPHRASE)/i;
