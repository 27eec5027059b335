import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DiffInfo, PushOptions, PushResult, Repository } from '../index.ts';
import { afterSkips } from './after-skips.ts';
import { chosenJobs } from './chosen-jobs.ts';
import { settingsOfJob, sourcesOf } from './config.ts';
import type { ConfigValues } from './config-schema.ts';
import {
  apartFrom,
  effortOptions,
  type ReadingFlags,
  readingOptions,
  type SnapshotFlags,
  type SourceFlags,
  sourceOptions,
} from './push-flags.ts';
import { type JobOutcome, pushJob } from './push-jobs.ts';
import { differenceLine } from './report-entries.ts';
import { RepositoryCommand } from './repository-command.ts';

/** What was pushed, and the log that names what was skipped. */
export interface Pushed {
  result: PushResult;
  log: string | undefined;
  /** Where a list was asked for, and is not told as it is made. */
  changes?: DiffInfo[];
}

export interface Wanted {
  options: PushOptions;
  /** Name every change first. */
  list?: boolean;
  notify: boolean | undefined;
  recoveryKeyFile: string | undefined;
}

/** A command that pushes, once or for every job. */
export abstract class PushCommand extends RepositoryCommand {
  /** Jobs often share a repository: its key is unlocked once. */
  readonly #opened = new Map<string, Repository>();

  /** The report names them, with what to do. */
  protected override readonly skippedShown = 0;

  protected override interruptedHint = 'What was stored is kept: the next push goes on from there';

  /** Packs in flight are finished and kept after the first signal. */
  protected override get storeSignal(): AbortSignal {
    return this.lateSignal;
  }

  /** The configured jobs that words mean. Undefined: they are paths. @throws `usage` */
  protected async configuredJobs(words: string[]): Promise<string[] | undefined> {
    const { config, flags } = this.settings;
    const jobs = Object.keys(config.values.jobs ?? {});
    const { cwd } = this.environment;
    const exists = async (path: string) =>
      (await stat(resolve(cwd, path)).catch(() => undefined)) !== undefined;
    if (words.length === 0 && jobs.length === 0) return undefined;
    return await chosenJobs({ words, job: flags.job, jobs, exists });
  }

  /** Where a configured job has its sources, and the settings that hold for it. */
  protected sourcesOf(job: string): { sources: string[]; cwd: string; settings: ConfigValues } {
    const { values, file } = this.settings.config;
    const sources = sourcesOf(values.jobs?.[job] ?? {});
    return { sources, cwd: dirname(file ?? ''), settings: settingsOfJob(values, job) };
  }

  /** The directory of the configuration: what is relative in it starts there. */
  get #beside(): string {
    const { file } = this.settings.config;
    return file === undefined ? this.environment.cwd : dirname(file);
  }

  /** A push of a configured job with its hooks; a dry run has none, for they are meant to change something. */
  protected async pushConfigured(
    job: string,
    push: (sources: string[], cwd: string, settings: ConfigValues) => Promise<Pushed>,
    dryRun = false,
  ): Promise<JobOutcome & { log?: string | undefined }> {
    const { sources, cwd, settings: said } = this.sourcesOf(job);
    const { environment, signal } = this;
    const settings = dryRun ? { ...said, hooks: {} } : said;
    return await pushJob({
      job,
      settings,
      environment,
      directory: this.#beside,
      signal,
      warn: this.sayWarning,
      asFailure: (error) => this.failureOf(error),
      push: () => push(sources, cwd, settings),
    });
  }

  /** What flags and settings say of a push. @throws `usage`, `config` */
  protected async optionsOf(
    sources: PushOptions['sources'],
    cwd: string,
    flags: SourceFlags & ReadingFlags & SnapshotFlags,
    values: ConfigValues,
  ): Promise<PushOptions> {
    const paths = Array.isArray(sources) ? sources : [];
    return {
      ...(await sourceOptions(paths, flags, this.environment, this.directories, values)),
      sources,
      cwd,
      tags: [...(values.tags ?? []), ...(flags.tag ?? [])],
      ...effortOptions(flags, values),
      ...readingOptions(flags, values),
    };
  }

  /** @param values the settings that hold for it */
  protected async pushOnce({ options, ...wanted }: Wanted, values: ConfigValues): Promise<Pushed> {
    const { checkPush, push } = await import('../index.ts');
    const repository = await this.repositoryOf(values, {
      dryRun: options.dryRun,
      recoveryKeyFile: wanted.recoveryKeyFile,
      beforeMaking: () => checkPush(options),
    });
    const all = { ...apartFrom(options, repository.location), ...this.jobIn(values), ...this.watch };
    const changes = wanted.list ? await this.#list(repository, all) : undefined;
    const result = await push(repository, all);
    this.pauseProgress();
    const listeners = { notify: wanted.notify ?? values.notify ?? false, hooks: values.hooks ?? {} };
    const log = await afterSkips(result, listeners, {
      environment: this.environment,
      logs: this.directories.state,
      directory: this.#beside,
      warn: this.sayWarning,
      signal: this.signal,
    });
    return { result, log, ...(changes && { changes }) };
  }

  /** What a push would find. @returns undefined where it was told at once */
  async #list(repository: Repository, options: PushOptions): Promise<DiffInfo[] | undefined> {
    const { status } = await import('../index.ts');
    const isText = this.mode === 'text';
    const changes: DiffInfo[] = [];
    const tell = async (change: DiffInfo) => {
      this.pauseProgress();
      await this.environment.stdout.write(`${differenceLine(change, this.style)}\n`);
    };
    const onChange = isText ? tell : (change: DiffInfo) => void changes.push(change);
    await status(repository, { ...options, sources: options.sources as string[], onChange });
    return isText ? undefined : changes;
  }

  /** The repository that settings name, opened once. */
  protected async repositoryOf(
    values: ConfigValues,
    how: { dryRun: boolean; recoveryKeyFile: string | undefined; beforeMaking?: () => Promise<void> },
  ): Promise<Repository> {
    const key = JSON.stringify([this.accessIn(values), values.limits]);
    const known = this.#opened.get(key);
    if (known) return known;
    const { recoveryKeyFile, ...others } = how;
    const opened = await this.openOrMake({
      ...others,
      values,
      ...(recoveryKeyFile !== undefined && { recoveryKeyFile }),
    });
    await this.remindOfRecoveryKey(opened);
    this.#opened.set(key, opened);
    return opened;
  }
}
