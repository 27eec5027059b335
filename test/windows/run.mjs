import { createReadStream, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process, { argv, exit, stdout } from 'node:process';
import buildProgram from '../fixtures/build-setup.ts';
import { openDesk } from '../fixtures/s3-desk.ts';
import { checkConsole } from './console.mjs';
import { checkFrozenRoot } from './frozen-root.mjs';
import { holdLane, lane, project, runInWine, stopWine, windowsPath } from './lane.mjs';
import { limits } from './limits.mjs';
import { notBegun } from './not-begun.mjs';
import { setup } from './setup.mjs';

/*
 * Runs the tests on the real Windows build of Node under Wine: `node test/windows/run.mjs [what vitest takes …]`, by default all
 * that test/windows/vitest.config.ts names. The exit code is vitest's.
 */

const vitest = join(project, 'node_modules/vitest/vitest.mjs');
const config = join(project, 'test/windows/vitest.config.ts');
const log = join(lane.logs, 'vitest.log');

/** Minutes until a run that hangs is ended. */
const LIMIT = 25;

async function main() {
  mkdirSync(lane.cache, { recursive: true });
  const release = holdLane();
  try {
    await setup();
    buildProgram();
    if (argv.length === 2) {
      await checkFrozenRoot();
      await checkConsole();
    }
    return await testAll();
  } finally {
    release();
  }
}

async function testAll() {
  const desk = await openDesk();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stopWine);
  const limit = setTimeout(() => {
    console.error(`windows lane: not done after ${LIMIT} minutes, ended`);
    stopWine();
  }, LIMIT * 60_000);
  try {
    const environment = { BMCLOUD_TEST_S3_DESK: desk.url };
    const code = await runTests(argv.slice(2), environment, log);
    const again = code === 0 ? [] : notBegun(readFileSync(log, 'utf8'));
    if (again.length === 0) return code;
    console.log(`windows lane: Wine began no process for some tests; once more: ${again.join(' ')}`);
    return await runTests(again, environment, join(lane.logs, 'vitest-again.log'));
  } finally {
    clearTimeout(limit);
    stopWine();
    await desk.close();
  }
}

async function runTests(args, environment, log) {
  rmSync(log, { force: true });
  const stop = follow(log);
  try {
    const all = [lane.node, windowsPath(vitest), 'run', '--config', windowsPath(config), ...args];
    return await runInWine(all, { log, env: environment });
  } finally {
    await stop();
  }
}

/** Prints what a file grows by. @returns ends it, when the rest is printed */
function follow(file) {
  let printed = 0;
  let turn = Promise.resolve();
  const print = () => {
    turn = turn.then(async () => {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size === printed) return;
      for await (const piece of createReadStream(file, { start: printed, end: size - 1 }))
        stdout.write(piece);
      printed = size;
    });
  };
  const timer = setInterval(print, 500);
  return async () => {
    clearInterval(timer);
    print();
    await turn;
  };
}

try {
  const code = await main();
  console.log(limits(readFileSync(log, 'utf8')));
  exit(typeof code === 'number' ? code : 1);
} catch (error) {
  console.error(`windows lane: ${error.message}`);
  exit(1);
}
