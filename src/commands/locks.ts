import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../cli/command.ts';
import { existingFile } from '../cli/existing-file.ts';
import { type LockedFile, locksReport } from '../cli/report-locks.ts';

export default class Locks extends BmcloudCommand {
  static override summary = 'Show which programs hold a file.';
  static override description =
    'Names every program that has the file open or locks it. Programs of other users are seen by an administrator only.';
  static override examples = [
    { description: 'Why was it skipped?', command: '<%= config.bin %> locks ~/Mail/archive.pst' },
    { description: 'On Windows', command: '<%= config.bin %> locks C:\\Users\\ann\\archive.pst' },
    { description: 'For a program', command: '<%= config.bin %> locks shop.db shop.db-wal --json' },
  ];
  static override args = {
    files: textArgument({
      multiple: true,
      ignoreStdin: true,
      required: true,
      description: 'The files.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Locks);
    const { cwd, stdout } = this.environment;
    const names = args.files;
    const paths = await Promise.all(names.map((name) => existingFile(name, cwd)));
    const { locks } = await import('../index.ts');
    const answers = await locks(paths, { signal: this.signal });
    const files = answers.map((answer, i): LockedFile => ({ path: names[i]!, ...answer }));
    this.pauseProgress();
    await this.results.object({ files }, () => locksReport(files, stdout.columns()));
  }
}
