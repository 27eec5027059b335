import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a command cost. */
export interface Cost {
  /** Seconds by the clock. */
  wall: number;
  /** Seconds of all cores, of it and of all that it started. */
  cpu: number;
  /** The most memory that its processes held together, MiB: sampled, shared pages counted once (PSS) where that can be read. */
  memory: number;
}

export interface Command {
  program: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
}

const SAMPLE_MS = 50;
/** bash tells the times of its children more finely than `wait` through Node.js, which does not at all. */
const TIMED = 'TIMEFORMAT="%R %U %S"; exec 3>&2; { time "$@" >&4 2>&3 ; } 2>&5';

/** Runs a command to its end and tells what it cost. @throws if it fails, with what it said */
export async function measure({ program, args, env = {}, cwd }: Command): Promise<Cost> {
  const child = spawn('bash', ['-c', TIMED, 'bash', program, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const [, , , , shown, timed] = child.stdio as unknown as unknown[];
  const [said, , times] = [collect(child.stderr), collect(shown), collect(timed)];
  let memory = 0;
  const sampling = setInterval(() => {
    memory = Math.max(memory, memoryOf(child.pid as number));
  }, SAMPLE_MS);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(sampling);
  const [wall = 0, user = 0, system = 0] = (await times).trim().split(/\s+/).slice(-3).map(Number);
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} failed (${code}): ${(await said).slice(-800)}`);
  return { wall, cpu: user + system, memory };
}

async function collect(stream: unknown): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** MiB of a process and all below it. */
function memoryOf(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : '';
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isBelow = (pid: number): boolean =>
    pid === root || (parents.has(pid) && isBelow(parents.get(pid) as number));
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + shareOf(pid), 0);
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
