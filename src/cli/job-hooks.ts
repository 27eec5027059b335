import type { ConfigValues, HookValues } from './config-schema.ts';
import type { Environment } from './environment.ts';
import { runHook } from './hooks.ts';

/** A hook that was given no time of its own, in milliseconds. */
export const HOOK_MS = 60_000;

export type HookName = 'before' | 'after' | 'onError' | 'onSkipped';

export interface HookSurroundings {
  environment: Environment;
  /** Where commands start: beside the configuration, as its paths do. */
  directory: string;
  signal: AbortSignal;
}

/**
 * Runs a hook of a job, if it has it.
 * @param facts told as JSON on standard input; `job` also as BMCLOUD_JOB
 * @returns why it did not work; undefined if it did, or if there is none
 */
export async function runJobHook(
  name: HookName,
  hooks: NonNullable<ConfigValues['hooks']>,
  facts: { job: string } & Record<string, unknown>,
  variables: Record<`BMCLOUD_${string}`, string>,
  { environment, directory, signal }: HookSurroundings,
): Promise<string | undefined> {
  const hook = hooks[name];
  if (hook === undefined) return undefined;
  const { command, timeout } = partsOf(hook);
  return await runHook(command, {
    name: `hooks.${name}`,
    json: { hook: name, ...facts },
    variables: { BMCLOUD_HOOK: name, BMCLOUD_JOB: facts.job, ...variables },
    timeoutMs: timeout ?? hooks.timeout ?? HOOK_MS,
    environment,
    directory,
    signal,
  });
}

function partsOf(hook: HookValues): { command: string; timeout?: number | undefined } {
  return typeof hook === 'string' ? { command: hook } : hook;
}
