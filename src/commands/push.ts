import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { outputOfCommand } from '../cli/command-output.ts';
import type { ConfigValues } from '../cli/config-schema.ts';
import { failureText, usage } from '../cli/failure.ts';
import { deliveryFlags } from '../cli/key-flags.ts';
import { PushCommand, type Wanted } from '../cli/push-command.ts';
import { readingFlags, snapshotFlags, sourceFlags } from '../cli/push-flags.ts';
import { exitOfJobs, type JobOutcome, outcomeJson } from '../cli/push-jobs.ts';
import { exitOfPush, pushReport } from '../cli/report-push.ts';
import { styleFor } from '../cli/style.ts';
import type { PushOptions } from '../index.ts';

export default class Push extends PushCommand {
  static override summary = 'Back up directories and files.';
  static override description =
    `Stores what is new since the last push of the same sources, and records what was deleted, as one snapshot.
An interrupted push goes on where it stopped when it is run again. With no repository configured an encrypted one is made on this
computer. The exit code is 3 when the snapshot was saved but some files could not be read. Without SOURCES every job of the
configuration is pushed; the name of a job pushes that one.`;
  static override examples = [
    { description: 'Back up a directory', command: '<%= config.bin %> push ~/Documents' },
    { description: 'On Windows', command: '<%= config.bin %> push C:\\Users\\ann\\Documents' },
    {
      description: 'To S3, with a tag',
      command: '<%= config.bin %> push ~/Documents --repo s3://bucket/laptop --tag monthly',
    },
    { description: 'See what would happen', command: '<%= config.bin %> push ~/Documents --dry-run --list' },
    {
      description: 'A database dump, without a file in between',
      command: '<%= config.bin %> push --stdin-name shop.sql --stdin-command "pg_dump shop"',
    },
  ];
  static override args = {
    sources: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'Directories, files or globs to back up; or names of configured jobs.',
    }),
  };
  static override flags = {
    'dry-run': boolean({ char: 'n', summary: 'Read and compare, but store nothing.' }),
    list: boolean({
      dependsOn: ['dry-run'],
      exclusive: ['stdin-name', 'stdin-command'],
      summary: 'Name every path that is new, changed or deleted.',
    }),
    ...sourceFlags,
    'stdin-name': string({ helpValue: 'NAME', summary: 'Back up standard input as a file NAME.' }),
    'stdin-command': string({
      helpValue: 'COMMAND',
      summary:
        'Back up what COMMAND prints; nothing is saved when it fails. The file is named by --stdin-name.',
    }),
    'skip-unchanged': boolean({ summary: 'Save no snapshot when nothing changed.' }),
    'no-wait': boolean({
      summary: 'Fail instead of waiting when another push of the job is running on this machine.',
    }),
    ...snapshotFlags,
    ...readingFlags,
    ...deliveryFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Push);
    const words = args.sources ?? [];
    await this.checkDelivery(flags['recovery-key-file']);
    const jobs = hasOtherSources(flags) ? undefined : await this.configuredJobs(words);
    if (jobs) return await this.#pushJobs(jobs, flags);
    const { values } = this.settings.config;
    const wanted = await this.#wanted(this.#sources(words, flags), this.environment.cwd, flags, values);
    const { result, log, changes } = await this.pushOnce(wanted, values);
    this.exitWith(exitOfPush(result));
    await this.results.object({ ...result, ...(changes && { changes }) }, () =>
      pushReport(result, this.style, log),
    );
  }

  /** One after the other; one that fails does not stop the others. */
  async #pushJobs(jobs: string[], flags: PushFlags): Promise<void> {
    const outcomes: JobOutcome[] = [];
    for (const job of jobs) {
      const { log, ...outcome } = await this.#pushJob(job, flags);
      outcomes.push(outcome);
      this.pauseProgress();
      if (this.mode === 'text') await this.#tellOutcome(outcome, log);
    }
    this.exitWith(exitOfJobs(outcomes));
    if (this.mode !== 'text') await this.results.object({ jobs: outcomes.map(outcomeJson) }, () => '');
  }

  async #pushJob(job: string, flags: PushFlags) {
    return await this.pushConfigured(
      job,
      async (sources, cwd, settings) =>
        this.pushOnce(await this.#wanted(sources, cwd, flags, settings), settings),
      flags['dry-run'],
    );
  }

  async #tellOutcome({ result, error, job }: JobOutcome, log: string | undefined): Promise<void> {
    const { stdout, stderr } = this.environment;
    if (result) await stdout.write(pushReport(result, this.style, log));
    else if (error) await stderr.write(`${job}: ${failureText(error, styleFor(stderr.colour).red)}`);
  }

  async #wanted(
    sources: PushOptions['sources'],
    cwd: string,
    flags: PushFlags,
    values: ConfigValues,
  ): Promise<Wanted> {
    const options: PushOptions = {
      ...(await this.optionsOf(sources, cwd, flags, values)),
      dryRun: flags['dry-run'],
      skipUnchanged: flags['skip-unchanged'] || (values.skipUnchanged ?? false),
      waitForLock: !flags['no-wait'],
      estimate: this.isWatched,
    };
    return { options, list: flags.list, notify: flags.notify, recoveryKeyFile: flags['recovery-key-file'] };
  }

  #sources(paths: string[], flags: PushFlags): PushOptions['sources'] {
    const command = flags['stdin-command'];
    const name = flags['stdin-name'] ?? (command === undefined ? undefined : 'stdin');
    if (name === undefined) {
      if (paths.length > 0 || flags['files-from'] !== undefined) return paths;
      throw usage(
        'Nothing to back up was named',
        'Try "bmcloud push DIR", or configure jobs: "bmcloud config init DIR"',
      );
    }
    if (paths.length > 0 || flags['files-from'] !== undefined) {
      throw usage(
        'Standard input and other sources cannot be in one push',
        'Run two pushes: they are two jobs',
      );
    }
    const stdin =
      command === undefined
        ? this.environment.stdin
        : outputOfCommand(command, this.environment, this.signal);
    return { stdin: stdin as AsyncIterable<Uint8Array>, name };
  }
}

function hasOtherSources(flags: PushFlags): boolean {
  return (flags['stdin-name'] ?? flags['stdin-command'] ?? flags['files-from']) !== undefined;
}

type PushFlags = InferredFlags<typeof Push.flags>;
