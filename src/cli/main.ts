import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { outputModeOf } from './arguments.ts';
import { systemEnvironment } from './environment.ts';
import { exitCodeOf } from './exit-codes.ts';
import { asFailure, failureText } from './failure.ts';
import { resultsIn } from './results.ts';
import { styleFor } from './style.ts';

/**
 * Memory is asked of V8 sparingly: what a push or a restore throws away is short-lived and mostly outside the heap, and a young
 * generation that does not grow lets go of it sooner. Measured with 100,000 files: 280 MB instead of 430, for a tenth more CPU. That is
 * had back where threads begin with all that their limits allow (`flow/thread-limits.ts`), not with 1 MiB: 0.9x the CPU, 5 MiB more.
 */
const SPARING = ['--semi-space-growth-factor=1', '--min-semi-space-size=8', '--heap-growing-percent=100'];

/**
 * Milliseconds until then. V8 takes compiled code only where flags are as they were when it was compiled, that of Node's own modules, too:
 * whatever is loaded later is compiled from source, which costs a thread as much as all else at its start. What has grown by then stays:
 * with 100,000 files, to S3, 240 MiB after 200 ms, 259 after 350, 289 after 1000.
 */
const SPARING_AFTER = 200;

/** Runs the command line of the process. The answer is `process.exitCode`. */
export async function main(): Promise<void> {
  setTimeout(askSparingly, SPARING_AFTER).unref();
  const argv = process.argv.slice(2);
  try {
    await (versionWords.has(argv[0] ?? '') ? printVersion() : runCommand(argv));
  } catch (error) {
    await fail(error);
  }
}

function askSparingly(): void {
  for (const flag of SPARING) setFlagsFromString(flag);
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
