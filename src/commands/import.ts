import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BmcloudCommand } from '../cli/command.ts';
import { placeFlag } from '../cli/place.ts';
import { parseBytes, parseWhole } from '../cli/quantities.ts';
import { exitOfImport, importReport } from '../cli/report-import.ts';

export default class Import extends BmcloudCommand {
  static override summary = 'Unpack a zip or tar archive, from wherever it comes.';
  static override description =
    `Unpacks zip, tar, tar.gz and tar.zst, whichever the file is. Nothing is written outside of DIR, nor through a link; names that lead
elsewhere are refused. Files that are there already are kept, and named where they differ. An archive that becomes far more than
its own size is stopped. The exit code is 3 when something was not unpacked; each path is named.`;
  static override examples = [
    {
      description: 'Everything of an archive',
      command: '<%= config.bin %> import backup.zip --to ~/unpacked',
    },
    {
      description: 'Again, in place of what is there',
      command: '<%= config.bin %> import backup.tar.zst --to ~/unpacked --overwrite',
    },
    {
      description: 'An archive that is meant to become very large',
      command: '<%= config.bin %> import disks.tar.zst --to /mnt/disks --max-size 2T',
    },
  ];
  static override args = {
    archive: textArgument({ ignoreStdin: true, required: true, description: 'The archive.' }),
  };
  static override flags = {
    to: string({
      ...placeFlag,
      helpValue: 'DIR',
      required: true,
      summary: 'Unpack into DIR, which is made if it is not there.',
    }),
    overwrite: boolean({ summary: 'Replace files that are there already.' }),
    ownership: boolean({
      summary: 'Give files of a tar back to their owners, with setuid bits; needs root.',
    }),
    'max-size': string({
      helpValue: 'SIZE',
      summary: 'Stop where the files become more than SIZE; default: 100 times the archive, at least 10G.',
    }),
    'max-members': string({
      helpValue: 'N',
      summary: 'Stop where the archive has more than N members; default: 5000000.',
    }),
  };

  protected override interruptedHint = 'What was unpacked is kept: the same command goes on from there';

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Import);
    const { cwd } = this.environment;
    const bytes = flags['max-size'];
    const members = flags['max-members'];
    const limits = {
      ...(bytes !== undefined && { bytes: parseBytes(bytes, '--max-size') }),
      ...(members !== undefined && {
        members: parseWhole(members, '--max-members', 1, Number.MAX_SAFE_INTEGER),
      }),
    };
    const { importArchive } = await import('../index.ts');
    const result = await importArchive({
      archive: path.resolve(cwd, args.archive),
      to: path.resolve(cwd, flags.to),
      overwrite: flags.overwrite,
      ownership: flags.ownership,
      limits,
      signal: this.signal,
      onEvent: this.onEvent,
    });
    this.pauseProgress();
    this.exitWith(exitOfImport(result));
    await this.results.object(result, () => importReport(result, this.style));
  }
}
