import { BmcloudError, isBmcloudError } from '../errors.ts';
import type { DiffInfo, PushResult } from '../index.ts';
import type { ConfigValues } from './config-schema.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { failureJson } from './failure.ts';
import { type HookSurroundings, runJobHook } from './job-hooks.ts';
import type { Pushed } from './push-command.ts';
import { exitOfPush } from './report-push.ts';

/** What became of a configured job. */
export interface JobOutcome {
  job: string;
  result?: PushResult;
  /** What a dry run was asked to name. */
  changes?: DiffInfo[];
  error?: BmcloudError;
}

export interface JobPush extends HookSurroundings {
  job: string;
  settings: ConfigValues;
  push: () => Promise<Pushed>;
  /** Whatever was thrown, as an error of ours. */
  asFailure: (error: unknown) => BmcloudError;
  warn: (message: string) => void;
}

/** Pushes one job, with its hooks. A failure is its outcome. @throws `interrupted` */
export async function pushJob(one: JobPush): Promise<JobOutcome & { log?: string | undefined }> {
  const outcome = await attempt(one);
  const { error, result } = outcome;
  const facts = {
    ...(error && { error: { code: error.code, message: error.message } }),
    ...(result && { result }),
  };
  if (error) await tell(one, 'onError', facts);
  await tell(one, 'after', facts);
  return outcome;
}

async function attempt(one: JobPush): Promise<JobOutcome & { log?: string | undefined }> {
  const { job } = one;
  try {
    const problem = await runHook(one, 'before', {});
    if (problem !== undefined)
      throw new BmcloudError('hook-failed', problem, { hint: 'The job was not pushed' });
    return { job, ...(await one.push()) };
  } catch (error) {
    const failure = one.asFailure(error);
    if (isBmcloudError(failure, 'interrupted')) throw failure;
    return { job, error: failure };
  }
}

/** Hooks that come afterwards can fail nothing. */
async function tell(one: JobPush, name: 'after' | 'onError', facts: object): Promise<void> {
  const problem = await runHook(one, name, facts);
  if (problem !== undefined) one.warn(problem);
}

async function runHook(
  { job, settings, environment, directory, signal }: JobPush,
  name: 'before' | 'after' | 'onError',
  facts: object,
): Promise<string | undefined> {
  const error = 'error' in facts ? (facts.error as { message: string }).message : undefined;
  const variables: Record<`BMCLOUD_${string}`, string> = error === undefined ? {} : { BMCLOUD_ERROR: error };
  return await runJobHook(name, settings.hooks ?? {}, { job, ...facts }, variables, {
    environment,
    directory,
    signal,
  });
}

/** An outcome as JSON has it. */
export function outcomeJson({ job, result, changes, error }: JobOutcome): object {
  return {
    job,
    ...(result && { result }),
    ...(changes && { changes }),
    ...(error && { error: failureJson(error) }),
  };
}

/** The worst of it: an error before skipped files before nothing. */
export function exitOfJobs(outcomes: JobOutcome[]): number {
  const failed = outcomes.find(({ error }) => error)?.error;
  if (failed) return exitCodeOf(failed.code);
  const codes = outcomes.map(({ result }) => (result ? exitOfPush(result) : exitCodes.unexpected));
  return Math.max(exitCodes.done, ...codes);
}
