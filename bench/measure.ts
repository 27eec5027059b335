import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { undoLater } from './cleanup.ts';

/** What a command cost. */
export interface Cost {
  /** Seconds by the clock. */
  wall: number;
  /** Seconds of all cores, of it and of all that it started. */
  cpu: number;
  /** The most memory that its processes held together, MiB: sampled, shared pages counted once (PSS) where that can be read. */
  memory: number;
  /** What an S3 server saw of it. */
  wire?: Wire;
}

export interface Wire {
  requests: number;
  /** Bytes to the server and from it. */
  sent: number;
  received: number;
}

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
}

const SAMPLE_MS = 50;
/** Looking at memory takes at most this part of one core's time. */
const SAMPLE_SHARE = 1 / 30;
/** bash tells the times of its children more finely than `wait` through Node.js, which does not at all. */
const TIMED = 'TIMEFORMAT="%R %U %S"; exec 3>&2; { time "$@" >&4 2>&3 ; } 2>&5';

/** Runs a command to its end and tells what it cost. @throws if it fails, with what it said */
export async function measure({ program, args, env = {}, cwd }: Command): Promise<Cost> {
  const child = spawn('bash', ['-c', TIMED, 'bash', program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true, // a group of its own, which ends as a whole when the run is stopped
    ...(cwd !== undefined && { cwd }),
  });
  const end = undoLater(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  const [, , , , shown, timed] = child.stdio as unknown as unknown[];
  const texts = Promise.all([collect(child.stderr), collect(timed), drain(shown)]);
  const watch = watchMemory(child.pid as number);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  end();
  const memory = watch.end();
  const [said, times] = await texts;
  const [wall = 0, user = 0, system = 0] = times.trim().split(/\s+/).slice(-3).map(Number);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code}): ${said.slice(-800)}`);
  return { wall, cpu: user + system, memory };
}

async function collect(stream: unknown): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Lists of a million files are read, and not kept. */
async function drain(stream: unknown): Promise<void> {
  for await (const _ of stream as AsyncIterable<Buffer>);
}

function watchMemory(root: number): { end: () => number } {
  let most = 0;
  let timer: NodeJS.Timeout;
  const sample = () => {
    const begun = process.cpuUsage();
    most = Math.max(most, memoryOf(root));
    const { user, system } = process.cpuUsage(begun);
    const took = (user + system) / 1000;
    timer = setTimeout(sample, Math.max(SAMPLE_MS, took / SAMPLE_SHARE));
  };
  timer = setTimeout(sample, SAMPLE_MS / 2);
  return {
    end: () => {
      clearTimeout(timer);
      return most;
    },
  };
}

/** MiB of a process and all below it, without the shell that keeps the time. */
function memoryOf(root: number): number {
  return childrenOf(root).reduce((sum, pid) => sum + shareOf(pid) + memoryOf(pid), 0);
}

function childrenOf(pid: number): number[] {
  return tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function tasksOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

function shareOf(pid: number): number {
  const rollup = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  const status = rollup ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
  return Number(status?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[middle - 1] ?? sorted[middle], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
