import './title.ts';
import { createRequire, enableCompileCache } from 'node:module';
import path from 'node:path';
import { COMPILE_CACHE } from './check.ts';
import { guarded, guardModules } from './guard.ts';
import { thisMachine } from './machine.ts';
import { markUse } from './marker.ts';
import { findPlace } from './place.ts';
import { carriedProgram } from './program.ts';
import { StartError } from './start-error.ts';
import { guardThreads } from './threads.ts';
import { unpacked } from './unpack.ts';

/*
 * What the executable runs: unpacks the program it carries, once, and loads it from there. Commands, threads and the addon are
 * found by their paths, which an executable has none of.
 */

async function main(): Promise<void> {
  const place = findPlace(thisMachine());
  const program = carriedProgram();
  const directory = unpacked(program, place.directory, !place.protected);
  sayInUse(directory);
  const modules = guarded(directory, program.files);
  guardModules(modules);
  guardThreads(modules);
  // Compiled code is run as it is found: only where nobody else can have put it.
  if (place.protected) enableCompileCache(path.join(directory, COMPILE_CACHE));
  const entry = path.join(directory, 'dist', 'cli', 'main.js');
  const cli = createRequire(entry)(entry) as { main(): Promise<void> };
  await cli.main();
}

/** An hour of running, for a machine that sleeps does not count. */
const HOUR = 3_600_000;

function sayInUse(directory: string): void {
  const say = () => {
    try {
      markUse(directory, Date.now());
    } catch {
      // A full or read-only disk is no reason to end a push.
    }
  };
  setInterval(say, HOUR).unref();
}

main().catch((error: unknown) => {
  const { message } = error as Error;
  const hint = error instanceof StartError && error.hint ? `\n${error.hint}` : '';
  process.stderr.write(`bmcloud cannot start: ${message}${hint}\n`);
  process.exitCode = 1;
});
