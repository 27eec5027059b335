import type { PushOptions, PushResult, Repository } from '../index.ts';
import { afterSkips } from './after-skips.ts';
import type { ConfigValues } from './config-schema.ts';
import { apartFrom } from './push-flags.ts';
import { RepositoryCommand } from './repository-command.ts';

/** What was pushed, and the log that names what was skipped. */
export interface Pushed {
  result: PushResult;
  log: string | undefined;
}

export interface Wanted {
  options: PushOptions;
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

  /** @param values the settings that hold for it */
  protected async pushOnce({ options, ...wanted }: Wanted, values: ConfigValues): Promise<Pushed> {
    const repository = await this.#repository(options.dryRun, wanted.recoveryKeyFile, values);
    const { push } = await import('../index.ts');
    const result = await push(repository, {
      ...apartFrom(options, repository.location),
      ...this.jobIn(values),
      ...this.watch,
    });
    this.pauseProgress();
    const listeners = { notify: wanted.notify ?? values.notify ?? false, hooks: values.hooks ?? {} };
    const log = await afterSkips(result, listeners, {
      environment: this.environment,
      directory: this.directories.state,
      warn: this.sayWarning,
      signal: this.signal,
    });
    return { result, log };
  }

  async #repository(
    dryRun: boolean,
    recoveryKeyFile: string | undefined,
    values: ConfigValues,
  ): Promise<Repository> {
    const key = JSON.stringify([this.accessIn(values), values.limits]);
    const known = this.#opened.get(key);
    if (known) return known;
    const opened = await this.openOrMake({
      dryRun,
      values,
      ...(recoveryKeyFile !== undefined && { recoveryKeyFile }),
    });
    await this.remindOfRecoveryKey(opened);
    this.#opened.set(key, opened);
    return opened;
  }
}
