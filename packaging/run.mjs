import { spawnSync } from 'node:child_process';
import { platform } from 'node:process';

/**
 * Runs a program to its end.
 * @throws an error with what it printed, unless it ended well
 */
export function run(program, args, cwd) {
  // On Windows npm is a script, which only a shell runs; none of our arguments means anything to one.
  const shell = platform === 'win32' && program === 'npm';
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', shell });
  if (status === 0) return;
  const why = error?.message ?? `${stdout}\n${stderr}`.trim().slice(-2000);
  throw new Error(`${program} ${args.join(' ')} failed: ${why}`);
}
