import { string as textArgument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { archiveFormats, formatOf, levelOf, targetOf } from '../cli/archive-output.ts';
import { usage } from '../cli/failure.ts';
import { repeated } from '../cli/flags.ts';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { placeFlag } from '../cli/place.ts';
import { exitOfExport, exportReport } from '../cli/report-export.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';
import { ruleFlags, ruleOptions } from '../cli/rule-flags.ts';
import type { ArchiveOptions, ExportResult } from '../index.ts';

export default class Export extends RepositoryCommand {
  static override summary = 'Write a snapshot, or a directory, into a zip or tar archive.';
  static override description =
    `Streams the newest snapshot at or before --at, all of it or the paths named, into an archive: no temporary files. With --from a
directory of this machine is archived instead, without a repository. The archive gets its name when it is whole. The exit code is
3 when some files are not in it; each is named.`;
  static override examples = [
    { description: 'Everything, as it was last', command: '<%= config.bin %> export -o backup.zip' },
    {
      description: 'A directory as it was, with all that a tar can keep',
      command: '<%= config.bin %> export ~/Documents --at "2026-11-19 18:00" -o documents.tar.zst',
    },
    {
      description: 'Straight to another machine',
      command: '<%= config.bin %> export --format tar.zst -o - | ssh host "zstd -d | tar x"',
    },
    {
      description: 'A directory of this machine',
      command: '<%= config.bin %> export --from ~/Pictures -o pictures.zip',
    },
  ];
  static override args = {
    paths: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'Paths or globs to export, as they were or as "bmcloud ls" shows them; default: all.',
    }),
  };
  static override flags = {
    output: string({
      ...placeFlag,
      char: 'o',
      helpValue: 'FILE',
      required: true,
      summary: 'Write the archive to FILE; - is standard output.',
    }),
    format: option({
      options: archiveFormats,
      summary: 'Kind of archive; default: what the name of FILE ends with.',
    })(),
    ...atFlag,
    from: string({
      ...repeated,
      helpValue: 'PATH',
      summary: 'Archive PATH of this machine, not a snapshot. May be repeated.',
    }),
    level: string({ helpValue: 'N', summary: 'Compression: zip 0 to 9 (6), tar.zst 1 to 19 (3).' }),
    overwrite: boolean({ summary: 'Replace FILE if it is there.' }),
    partial: boolean({ summary: 'Take what an interrupted push saved into account.' }),
    'one-file-system': boolean({ char: 'x', summary: 'With --from: stay on the file systems of the paths.' }),
    'exclude-caches': boolean({
      summary: 'With --from: leave out what is in directories with a CACHEDIR.TAG.',
    }),
    'default-excludes': boolean({
      allowNo: true,
      default: true,
      summary: 'With --from: leave out what every push leaves out; --no-default-excludes keeps it.',
    }),
    ...ruleFlags,
  };

  protected override interruptedHint = 'No archive was left behind';

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Export);
    const { environment, mode } = this;
    const format = formatOf(flags.format, flags.output);
    const to = targetOf(flags.output, flags.overwrite, environment, mode);
    const options = { format, ...levelOf(flags.level, format), to, ...this.watch };
    const result = flags.from
      ? await this.#directories(args.paths ?? [], flags, options)
      : await this.#snapshot(args.paths ?? [], flags, options);
    this.pauseProgress();
    this.exitWith(exitOfExport(result));
    const text = () => exportReport(result, (flags.from ?? []).join(', '), flags.output, this.style);
    if ('write' in to) this.notice(text().trimEnd());
    else await this.results.object(result, text);
  }

  async #directories(paths: string[], flags: ExportFlags, options: ArchiveOptions): Promise<ExportResult> {
    if (paths.length > 0 || flags.at !== atFlag.at.default)
      throw usage('--from takes what is on the disk: paths of snapshots and --at do not go with it');
    const { exportDirectory } = await import('../index.ts');
    return await exportDirectory({
      ...options,
      sources: flags.from ?? [],
      cwd: this.environment.cwd,
      oneFileSystem: flags['one-file-system'],
      excludeCaches: flags['exclude-caches'],
      defaultExcludes: flags['default-excludes'],
      rules: await ruleOptions(flags, this.environment),
    });
  }

  async #snapshot(paths: string[], flags: ExportFlags, options: ArchiveOptions): Promise<ExportResult> {
    const at = await momentOf(flags.at, this.environment);
    const repository = await this.open();
    const { exportSnapshot } = await import('../index.ts');
    return await exportSnapshot(repository, { ...options, at, paths, partial: flags.partial, ...this.job });
  }
}

type ExportFlags = InferredFlags<typeof Export.flags>;
