import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { argv, env, execPath, exit } from 'node:process';
import { makeExecutable } from '../../packaging/exe.mjs';
import buildProgram from '../fixtures/build-setup.ts';
import { lane, project, windowsPath } from './lane.mjs';
import { setup } from './setup.mjs';

/*
 * Runs tests of the built program with the one-file program in the place of Node and our script: `node test/windows/exe.mjs [what
 * vitest takes …]`, by default the end-to-end tests and its own. The exit code is vitest's.
 */

const tests = ['test/e2e', 'test/windows/one-file.test.ts'];

async function main() {
  await setup();
  buildProgram();
  const program = await makeExecutable('win32-x64', lane.cache);
  console.log(`windows lane: made ${program}`);
  const named = argv.slice(2);
  const args = [join(project, 'test/windows/run.mjs'), ...(named.length > 0 ? named : tests)];
  const { status } = spawnSync(execPath, args, {
    cwd: project,
    env: { ...env, BMCLOUD_TEST_PROGRAM: windowsPath(program) },
    stdio: 'inherit',
  });
  return status ?? 1;
}

exit(await main());
