import { spawnSync } from 'node:child_process';
import { env, execPath } from 'node:process';

/**
 * Runs a program of this system to its end.
 * @returns whether it ended well
 * @throws unless `mayFail`, an error with what it printed
 */
export function run(program, args, { quiet = false, mayFail = false, env: more = {}, cwd } = {}) {
  const { status, stdout, stderr, error } = spawnSync(program === 'node' ? execPath : program, args, {
    cwd,
    env: { ...env, ...more },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0 && !mayFail) {
    throw new Error(
      `${program} ${args.join(' ')} failed: ${error?.message ?? `${stdout}\n${stderr}`.slice(-2000)}`,
    );
  }
  if (!quiet && stdout) console.log(stdout.trimEnd());
  return status === 0;
}
