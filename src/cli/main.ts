import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { getHeapSpaceStatistics } from 'node:v8';
import { outputModeOf } from './arguments.ts';
import { systemEnvironment } from './environment.ts';
import { exitCodeOf } from './exit-codes.ts';
import { asFailure, failureText } from './failure.ts';
import { limitHeaps } from './heaps.ts';
import { resultsIn } from './results.ts';
import { styleFor } from './style.ts';
import { V8Flags } from './v8-flags.ts';

/**
 * Memory is asked of V8 sparingly: what a push or a restore throws away is short-lived and mostly outside the heap, and young generations
 * that go on growing let go of it late. With 100,000 files they took 430 MB.
 */
const SPARING = {
  /**
   * V8 takes compiled code only where flags are as they were when it was compiled, that of Node's own modules, too: whatever is loaded
   * later is compiled from source, which costs a thread as much as all else at its start. Threads that begin later begin with all the
   * young generation that their limits allow (`flow/thread-limits.ts`).
   *
   * What lives for long while a thread is new dies young later. V8 had objects of a scan begin in the old generation by what it saw
   * first: 25 MiB more, and 1.08x the CPU of a push of 100,000 files without changes.
   */
  afterLoading: {
    delay: 200,
    flags: { 'min-semi-space-size': 8, 'heap-growing-percent': 100, 'allocation-site-pretenuring': false },
  },
  /**
   * Semi-spaces of 4 MiB are worth their memory in the main thread of a push; more of them are as much as chance. They are looked at
   * until they have them, however long this machine needs.
   */
  afterGrowing: {
    youngBytes: 8 * 1024 * 1024,
    every: 10,
    latest: 1000,
    flags: { 'semi-space-growth-factor': 1 },
  },
};

/** Runs the command line of the process. The answer is `process.exitCode`. @param flags of V8, for who must set them aside at times */
export async function main(flags: Pick<V8Flags, 'set'> = new V8Flags()): Promise<void> {
  spareMemoryLater(flags);
  const argv = process.argv.slice(2);
  try {
    await (versionWords.has(argv[0] ?? '') ? printVersion() : runCommand(argv));
  } catch (error) {
    await fail(error);
  }
}

/**
 * Once the thread of a scan runs: there is more than a moment shows, and threads that begin later have much to do. A push of few files
 * would only load more slowly (1.05x).
 */
function spareMemoryLater(flags: Pick<V8Flags, 'set'>): void {
  let isSparing = false;
  const spare = () => {
    if (!isSparing) spareMemory(flags);
    isSparing = true;
  };
  setTimeout(spare, SPARING.afterLoading.delay).unref();
  process.once('worker', (worker) => {
    if (worker.threadName === 'scan') worker.prependOnceListener('online', spare);
  });
}

function spareMemory(flags: Pick<V8Flags, 'set'>): void {
  const { afterLoading, afterGrowing } = SPARING;
  flags.set(afterLoading.flags);
  const look = setInterval(() => {
    if (youngBytes() < afterGrowing.youngBytes && performance.now() < afterGrowing.latest) return;
    clearInterval(look);
    flags.set(afterGrowing.flags);
  }, afterGrowing.every).unref();
}

/** What V8 has set aside for the young generation of this thread, in bytes. */
function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}

const versionWords = new Set(['--version', '-V', 'version']);

/** Does without oclif, which takes longer to load than this to say. */
async function printVersion(): Promise<void> {
  const facts = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(facts) as { name: string; version: string };
  const { platform, arch } = process;
  await systemEnvironment().stdout.write(`${name}/${version} ${platform}-${arch} node-${process.version}\n`);
}

async function runCommand(argv: string[]): Promise<void> {
  limitHeaps();
  const [{ run }, { settings }] = await Promise.all([
    import('@oclif/core/run'),
    import('@oclif/core/settings'),
  ]);
  // Sources are compiled by the build; oclif's own transpiling wants an older TypeScript.
  settings.enableAutoTranspile = false;
  await run(argv, import.meta.url);
}

/** Errors outside of a command: an unknown one, a broken installation. */
async function fail(error: unknown): Promise<void> {
  const { stdout, stderr, env } = systemEnvironment();
  if (isExit(error)) {
    process.exitCode = error.oclif.exit;
    return;
  }
  const failure = asFailure(error, { command: '', flags: [] });
  process.exitCode = exitCodeOf(failure.code);
  if (env.BMCLOUD_DEBUG && error instanceof Error) await stderr.write(`${error.stack}\n`);
  const mode = outputModeOf(process.argv);
  if (await resultsIn(mode, stdout).failure(failure)) return;
  await stderr.write(failureText(failure, styleFor(stderr.colour).red));
}

/** oclif ends help and the like by throwing. */
function isExit(error: unknown): error is Error & { oclif: { exit: number } } {
  return error instanceof Error && (error as { code?: unknown }).code === 'EEXIT';
}
