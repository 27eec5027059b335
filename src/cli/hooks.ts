import { runChild } from './child.ts';
import type { Environment } from './environment.ts';
import { toJson } from './json.ts';

export interface HookOptions {
  /** The hook's name in the configuration: `hooks.onSkipped`. */
  name: string;
  /** What it reads on standard input. */
  json: unknown;
  /** Added to its environment. */
  variables: Record<`BMCLOUD_${string}`, string>;
  /** Where it starts. */
  directory: string;
  /** Then it is ended, with all that it started. */
  timeoutMs: number;
  environment: Pick<Environment, 'env' | 'platform'>;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a command of the user by the shell. It is never told the credentials of the repository; what it prints is thrown away.
 * @returns a warning when it failed; the command itself stays out of it, for it may hold a secret. Never throws.
 */
export async function runHook(command: string, options: HookOptions): Promise<string | undefined> {
  const { name, json, variables, directory, timeoutMs, environment, signal } = options;
  const problem = await runChild(
    { program: command, args: [], shell: true },
    {
      env: { ...environment.env, ...variables },
      platform: environment.platform,
      cwd: directory,
      input: `${toJson(json)}\n`,
      timeoutMs,
      signal,
    },
  );
  return problem === undefined ? undefined : `The command of ${name} did not work: ${problem}`;
}
