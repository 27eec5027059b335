import { stat } from 'node:fs/promises';
import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { chosenJobs } from '../cli/chosen-jobs.ts';
import { type JobSettings, settingsOfJob, sourcesOf } from '../cli/config.ts';
import { usage } from '../cli/failure.ts';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { placeFlag } from '../cli/place.ts';
import { apartFrom, readingFlags, readingOptions, sourceFlags, sourceOptions } from '../cli/push-flags.ts';
import { exitOfMirror, mirrorReport } from '../cli/report-mirror.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';
import type { MirrorFrom } from '../index.ts';

const { 'source-moved': _, 'adopt-job': __, ...lookFlags } = sourceFlags;

export default class Mirror extends RepositoryCommand {
  static override summary = 'Keep a plain, browsable copy of a directory, and what changed in it.';
  static override description =
    `Brings DIR/mirror up to date with the sources on disk, or with a snapshot of the repository. For each run that changed something
DIR/backup_YYYYMMDD_HHMMSS holds new and changed files, deleted ones, and a record of all; files are shared with the mirror by hard
links where the file system can. A run that was interrupted is gone on with by the next. "bmcloud restore --from-mirror DIR --at TIME"
brings a state back; nothing is mirrored meanwhile. The exit code is 3 when some files could not be read.`;
  static override examples = [
    {
      description: 'A directory, to an external disk',
      command: '<%= config.bin %> mirror ~/Documents --to /media/usb/documents',
    },
    { description: 'A configured job', command: '<%= config.bin %> mirror photos --to /media/usb/photos' },
    {
      description: 'What the repository has of a moment',
      command: '<%= config.bin %> mirror photos --to ~/photos-then --at "2026-11-01"',
    },
    {
      description: 'Back from the mirror',
      command: '<%= config.bin %> restore --from-mirror /media/usb/documents --at yesterday --to ~/restored',
    },
  ];
  static override args = {
    sources: textArgument({
      multiple: true,
      ignoreStdin: true,
      description:
        'Directories, files or globs; or a configured job, which may be left out where there is only one.',
    }),
  };
  static override flags = {
    to: string({
      ...placeFlag,
      helpValue: 'DIR',
      required: true,
      summary: 'The directory that the mirror lies in.',
    }),
    at: string({ helpValue: 'TIME', summary: atFlag.at.summary ?? '' }),
    'from-repository': boolean({ summary: 'Take files from the newest snapshot, not from disk.' }),
    'dry-run': boolean({ char: 'n', summary: 'Say what would be done, and do nothing.' }),
    'other-sources': boolean({ summary: 'Go on when DIR is the mirror of other sources so far.' }),
    ...lookFlags,
    shadow: readingFlags.shadow,
    retries: readingFlags.retries,
    'retry-delay': readingFlags['retry-delay'],
  };

  protected override interruptedHint = 'What was copied is kept: the same command goes on from there';

  /** The report names them. */
  protected override readonly skippedShown = 0;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Mirror);
    const wanted = await this.#wanted(args.sources ?? []);
    const fromRepository = flags['from-repository'] || flags.at !== undefined;
    const from = fromRepository ? await this.#repository(wanted, flags) : await this.#disk(wanted, flags);
    const { mirror } = await import('../index.ts');
    const result = await mirror({
      to: path.resolve(this.environment.cwd, flags.to),
      from,
      dryRun: flags['dry-run'],
      otherSources: flags['other-sources'],
      ...this.watch,
    });
    this.pauseProgress();
    this.exitWith(exitOfMirror(result));
    await this.results.object(result, () => mirrorReport(result, flags['dry-run'], this.style));
  }

  /** One job, or paths. */
  async #wanted(words: string[]): Promise<Wanted> {
    const { config, flags } = this.settings;
    const { cwd } = this.environment;
    const names = Object.keys(config.values.jobs ?? {});
    const exists = async (word: string) =>
      (await stat(path.resolve(cwd, word)).catch(() => undefined)) !== undefined;
    const jobs =
      names.length > 0 ? await chosenJobs({ words, job: flags.job, jobs: names, exists }) : undefined;
    if (!jobs) return { paths: words, cwd, values: config.values };
    const [job = '', other] = jobs;
    if (other !== undefined) {
      throw usage(`There are several jobs: ${jobs.join(', ')}`, 'Name one: each has a mirror of its own');
    }
    return {
      job,
      paths: [],
      cwd: path.dirname(config.file ?? ''),
      values: settingsOfJob(config.values, job),
    };
  }

  async #disk({ job, paths, cwd, values }: Wanted, flags: MirrorFlags): Promise<MirrorFrom> {
    const sources = job === undefined ? paths : sourcesOf(this.settings.config.values.jobs?.[job] ?? {});
    if (sources.length === 0 && flags['files-from'] === undefined)
      throw usage('Nothing to mirror was named', 'Try "bmcloud mirror DIR --to OTHER"');
    const options = await sourceOptions(
      sources,
      { ...flags, 'adopt-job': false },
      this.environment,
      this.directories,
      values,
    );
    const { shadow, retries, retryDelay } = readingOptions(flags, values);
    return {
      disk: {
        ...apartFrom(options, this.accessIn(values).location),
        sources,
        cwd,
        ...(shadow !== undefined && { shadow }),
        retry: {
          ...(retries !== undefined && { retries }),
          ...(retryDelay !== undefined && { delay: retryDelay }),
        },
      },
    };
  }

  async #repository({ job, paths, values }: Wanted, flags: MirrorFlags): Promise<MirrorFrom> {
    const at = await momentOf(flags.at ?? 'latest', this.environment);
    const repository = await this.open({ values });
    const named = job === undefined ? this.job : this.jobIn(values);
    return { snapshot: { repository, at, paths, ...named } };
  }
}

interface Wanted {
  /** Absent: paths were named. */
  job?: string;
  paths: string[];
  /** What paths are relative to. */
  cwd: string;
  /** The settings that hold. */
  values: JobSettings;
}

type MirrorFlags = InferredFlags<typeof Mirror.flags>;
