import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { afterSkips } from '../cli/after-skips.ts';
import { usage } from '../cli/failure.ts';
import { repeated } from '../cli/flags.ts';
import { deliveryFlags } from '../cli/key-flags.ts';
import {
  apartFrom,
  effortOptions,
  outputOfCommand,
  readingFlags,
  readingOptions,
  sourceFlags,
  sourceOptions,
} from '../cli/push-flags.ts';
import { exitOfPush, pushReport } from '../cli/report-push.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';
import type { PushOptions, PushResult } from '../index.ts';

export default class Push extends RepositoryCommand {
  static override summary = 'Back up directories and files.';
  static override description =
    `Stores what is new since the last push of the same sources, and records what was deleted, as one snapshot.
An interrupted push goes on where it stopped when it is run again. With no repository configured an encrypted one is made on this
computer. The exit code is 3 when the snapshot was saved but some files could not be read.`;
  static override examples = [
    { description: 'Back up a directory', command: '<%= config.bin %> push ~/Documents' },
    {
      description: 'To S3, with a tag',
      command: '<%= config.bin %> push ~/Documents --repo s3://bucket/laptop --tag monthly',
    },
    { description: 'See what would happen', command: '<%= config.bin %> push ~/Documents --dry-run' },
    {
      description: 'A database dump, without a file in between',
      command: '<%= config.bin %> push --stdin-name shop.sql --stdin-command "pg_dump shop"',
    },
  ];
  static override args = {
    sources: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'Directories, files or globs to back up.',
    }),
  };
  static override flags = {
    'dry-run': boolean({ char: 'n', summary: 'Read and compare, but store nothing.' }),
    ...sourceFlags,
    'stdin-name': string({ helpValue: 'NAME', summary: 'Back up standard input as a file NAME.' }),
    'stdin-command': string({
      helpValue: 'COMMAND',
      summary:
        'Back up what COMMAND prints; nothing is saved when it fails. The file is named by --stdin-name.',
    }),
    tag: string({ ...repeated, helpValue: 'TAG', summary: 'Tag the snapshot. May be repeated.' }),
    'skip-unchanged': boolean({ summary: 'Save no snapshot when nothing changed.' }),
    'no-wait': boolean({
      summary: 'Fail instead of waiting when another push of the job is running on this machine.',
    }),
    workers: string({
      helpValue: 'COUNT',
      summary: 'Threads that compress and encrypt; default: one per core.',
    }),
    level: string({ helpValue: '1-19', summary: 'Compression level of zstd.' }),
    ...readingFlags,
    notify: boolean({ allowNo: true, summary: 'Tell on the desktop when files were skipped.' }),
    ...deliveryFlags,
  };

  /** The report names them, with what to do. */
  protected override readonly skippedShown = 0;

  protected override interruptedHint = 'What was stored is kept: the next push goes on from there';

  /** Packs in flight are finished and kept after the first signal. */
  protected override get storeSignal(): AbortSignal {
    return this.lateSignal;
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const options = await this.#options(args.sources ?? [], flags);
    await this.checkDelivery(flags['recovery-key-file']);
    const recoveryKeyFile = flags['recovery-key-file'];
    const repository = await this.openOrMake({
      dryRun: options.dryRun,
      ...(recoveryKeyFile !== undefined && { recoveryKeyFile }),
    });
    await this.remindOfRecoveryKey(repository);
    const { push } = await import('../index.ts');
    const result = await push(repository, {
      ...apartFrom(options, repository.location),
      ...this.job,
      ...this.watch,
    });
    this.pauseProgress();
    this.exitWith(exitOfPush(result));
    const log = await this.#tellSkips(result, flags.notify);
    await this.results.object(result, () => pushReport(result, this.style, log));
  }

  /** @returns the log file that names them */
  async #tellSkips(result: PushResult, notify: boolean | undefined): Promise<string | undefined> {
    const { config } = this.settings;
    const wanted = { notify: notify ?? config.values.notify ?? false, hooks: config.values.hooks ?? {} };
    return await afterSkips(result, wanted, {
      environment: this.environment,
      directory: this.directories.state,
      warn: this.sayWarning,
      signal: this.signal,
    });
  }

  async #options(paths: string[], flags: PushFlags): Promise<PushOptions> {
    const common = await sourceOptions(paths, flags, this.environment, this.directories);
    return {
      ...common,
      sources: this.#sources(paths, flags),
      tags: flags.tag ?? [],
      dryRun: flags['dry-run'],
      skipUnchanged: flags['skip-unchanged'],
      waitForLock: !flags['no-wait'],
      estimate: this.isWatched,
      ...effortOptions(flags),
      ...readingOptions(flags, this.settings.config.values),
    };
  }

  #sources(paths: string[], flags: PushFlags): PushOptions['sources'] {
    const command = flags['stdin-command'];
    const name = flags['stdin-name'] ?? (command === undefined ? undefined : 'stdin');
    if (name === undefined) {
      if (paths.length > 0 || flags['files-from'] !== undefined) return paths;
      throw usage('Nothing to back up was named', 'Try "bmcloud push DIR"');
    }
    if (paths.length > 0 || flags['files-from'] !== undefined) {
      throw usage(
        'Standard input and other sources cannot be in one push',
        'Run two pushes: they are two jobs',
      );
    }
    const stdin = command === undefined ? this.environment.stdin : outputOfCommand(command, this.signal);
    return { stdin: stdin as AsyncIterable<Uint8Array>, name };
  }
}

type PushFlags = InferredFlags<typeof Push.flags>;
