import type { OpenOptions, Repository } from '../index.ts';
import { type Access, accessOf, defaultExists, defaultKeyFile, nothingConfigured } from './access.ts';
import { BmcloudCommand } from './command.ts';
import { resolveLocation } from './config-paths.ts';
import type { ConfigValues } from './config-schema.ts';
import { defaultMade, prepareDefault } from './default-repository.ts';
import { usage } from './failure.ts';
import { limitsOf } from './flags.ts';
import {
  checkDelivery,
  deliver,
  keyNotHandedOver,
  recoveryKeyMissing,
  recoveryReminder,
  rememberRecoveryKey,
} from './recovery-key.ts';
import { readSecret } from './secret.ts';

/** A command that works on a repository. */
export abstract class RepositoryCommand extends BmcloudCommand {
  get access(): Access {
    return this.accessIn(this.settings.config.values);
  }

  /** The same where other settings hold. */
  accessIn(values: ConfigValues): Access {
    return accessOf(
      this.settings.flags,
      this.environment,
      { ...this.settings.config, values },
      this.directories,
    );
  }

  /** The repository given as an argument, else as everywhere; it must have been named. @throws `usage` */
  accessTo(location: string | undefined): Access {
    const { access } = this;
    if (location !== undefined) {
      return {
        ...access,
        ...this.#promptUnlessGiven(access),
        location: resolveLocation(location, this.environment.cwd),
      };
    }
    if (!access.isDefault) return access;
    throw usage(
      'No repository was named',
      'Try "bmcloud init s3://BUCKET/PREFIX" or "bmcloud init DIRECTORY"',
    );
  }

  /** The key file of the default repository is for that one only. */
  #promptUnlessGiven(access: Access): Pick<Access, 'origin' | 'isDefault'> {
    const ofDefault =
      access.isDefault &&
      access.origin.from === 'key-file' &&
      access.origin.file === defaultKeyFile(this.directories);
    return { origin: ofDefault ? { from: 'prompt' } : access.origin, isDefault: false };
  }

  /** The job named by `--job` or the configuration. */
  get job(): { job?: string } {
    return this.jobIn(this.settings.config.values);
  }

  jobIn(values: ConfigValues): { job?: string } {
    const job = this.settings.flags.job ?? values.job;
    return job === undefined ? {} : { job };
  }

  /** What every operation takes. */
  get watch(): { signal: AbortSignal; onEvent: RepositoryCommand['onEvent'] } {
    return { signal: this.signal, onEvent: this.onEvent };
  }

  /** What ends requests to the store. */
  protected get storeSignal(): AbortSignal {
    return this.signal;
  }

  /** Opens the repository; it is closed when the command ends. @throws whatever opening throws, `no-repository`, `no-key`, `usage` */
  async open({ values, ...options }: { dryRun?: boolean; values?: ConfigValues } = {}): Promise<Repository> {
    const settings = values ?? this.settings.config.values;
    const access = this.accessIn(settings);
    if (access.isDefault && !(await defaultExists(this.directories))) throw nothingConfigured();
    const { openRepository } = await import('../index.ts');
    return this.#closeLater(await openRepository({ ...this.openOptions(access, settings), ...options }));
  }

  /** Opens the repository, and makes the default one where nothing is configured. */
  async openOrMake(
    options: {
      dryRun?: boolean;
      recoveryKeyFile?: string;
      values?: ConfigValues;
      /** What must be in order before a repository is made. */
      beforeMaking?: () => Promise<void>;
    } = {},
  ): Promise<Repository> {
    const { recoveryKeyFile, beforeMaking, ...open } = options;
    const access = this.accessIn(options.values ?? this.settings.config.values);
    if (!access.isDefault || (await defaultExists(this.directories))) return this.open(open);
    if (options.dryRun) throw nothingConfigured();
    await beforeMaking?.();
    await prepareDefault(access, this.directories);
    const { initRepository } = await import('../index.ts');
    const made = await initRepository({ ...this.openOptions(access), label: 'default' });
    this.#closeLater(made.repository);
    this.notice(defaultMade(access));
    await this.handOver(made.repository.id, made.recoveryKey, recoveryKeyFile);
    return made.repository;
  }

  /** Gives the recovery key of a new repository to the user and remembers whether that was possible. */
  async handOver(repository: string, key: string, file: string | undefined): Promise<boolean> {
    await rememberRecoveryKey(this.directories.state, repository, false);
    const saved = await this.deliver(key, file).catch((error: unknown) => {
      throw keyNotHandedOver(error);
    });
    if (saved) await this.rememberSaved(repository);
    return saved;
  }

  /** @returns false if there was nobody to give the recovery key to. @throws `config` */
  async deliver(key: string, file: string | undefined): Promise<boolean> {
    this.pauseProgress();
    return await deliver(key, { file, mode: this.mode, environment: this.environment });
  }

  /** Somebody has a recovery key of this repository. */
  async rememberSaved(repository: string): Promise<void> {
    await rememberRecoveryKey(this.directories.state, repository, true);
  }

  /** Refuses a place for the recovery key before a key is made that could not be handed over. @throws `usage` */
  checkDelivery(file: string | undefined): Promise<void> {
    return checkDelivery({ file, mode: this.mode, environment: this.environment });
  }

  /** One line, until a recovery key was saved. */
  async remindOfRecoveryKey({ id }: Repository): Promise<void> {
    if (await recoveryKeyMissing(this.directories.state, id)) this.notice(recoveryReminder);
  }

  openOptions({ location, origin }: Access, values = this.settings.config.values): OpenOptions {
    const { flags } = this.settings;
    const { cache, state, config: configDirectory } = this.directories;
    return {
      location,
      secret: () => {
        this.pauseProgress();
        return readSecret(origin, this.terminal, this.sayWarning);
      },
      directories: { cache, state, config: configDirectory },
      acceptRollback: flags['accept-rollback'],
      limits: limitsOf(flags, values.limits),
      env: this.environment.env,
      signal: this.storeSignal,
      onEvent: this.onEvent,
    };
  }

  #closeLater(repository: Repository): Repository {
    this.closeAtEnd(() => repository.close());
    return repository;
  }
}
