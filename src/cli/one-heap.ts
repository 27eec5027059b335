import { accessSync, constants, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/** A setting of the GNU C library (mallopt(3)); no other library minds it. */
const SETTING = 'MALLOC_ARENA_MAX';
/** Says that the setting is ours. */
const OURS = 'BMCLOUD_ONE_HEAP';
/** What moves the data of many files. */
const commands = new Set(['push', 'restore', 'watch', 'mirror', 'verify']);

type Variables = Record<string, string | undefined>;

/**
 * Has the C library keep one heap for all threads, not one for each of a dozen: what a thread gives back is then of use to the
 * others. With a million files that is 30 MiB of 250, and 0.97x the CPU. The library reads its settings when a program starts, so
 * the process becomes the same program once more (execve(2)): same number, same streams, 35 ms later. Where something else would
 * be lost by that, it stays as it is.
 */
export function keepOneHeap(): void {
  const { env, argv, argv0, execArgv, execPath } = process;
  if (!commands.has(argv[2] ?? '')) return;
  const given = withOneHeap(env);
  if (given === env || !canRun(execPath) || wasHandedFiles()) return;
  try {
    process.execve?.(execPath, [argv0, ...execArgv, ...argv.slice(1)], given as Record<string, string>);
  } catch {
    // Under Node's permission model, which forbids it.
  }
}

/** What the process was started with for that is nothing to the programs that it starts. */
export function forgetOneHeap(): void {
  if (process.env[OURS] === undefined) return;
  delete process.env[OURS];
  delete process.env[SETTING];
}

/** Variables for the program to start with that has one heap: the same, where they say something of that already. */
export function withOneHeap(env: Variables): Variables {
  if (process.platform !== 'linux' || env[SETTING] !== undefined) return env;
  return { ...env, [SETTING]: '1', [OURS]: '1' };
}

/** Of a program that cannot be run, Node would die without a word to the caller. */
function canRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether somebody handed us more than the standard streams: a channel, `3< file`, `<(command)`. Node marks what it finds at its start
 * to be closed when another program takes its place, as it does with what it opens itself: that are events, and pipes to itself.
 */
function wasHandedFiles(): boolean {
  try {
    const open = readdirSync('/proc/self/fd').filter((number) => Number(number) > 2);
    const files = open.map((number) => ({ number, to: targetOf(number) }));
    return files.some(({ number, to }) => !isOfNode(to, files) && isClosedByExec(number));
  } catch {
    return true;
  }
}

interface OpenFile {
  to: string | undefined;
}

function targetOf(number: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return undefined; // that of the listing itself
  }
}

function isOfNode(to: string | undefined, files: OpenFile[]): boolean {
  if (to === undefined || to === '/dev/null' || to.startsWith('anon_inode:')) return true;
  return to.startsWith('pipe:') && files.filter((other) => other.to === to).length === 2;
}

const O_CLOEXEC = 0o2_000_000;

function isClosedByExec(number: string): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '', 8) & O_CLOEXEC) !== 0;
}
