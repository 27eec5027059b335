import { string as textArgument } from '@oclif/core/args';
import { versionLine } from '../cli/report-entries.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class History extends RepositoryCommand {
  static override summary = 'Show every version and deletion of a file.';
  static override description = 'Newest last. Reads what each push changed, and no file data.';
  static override examples = [
    { description: 'When a file changed', command: '<%= config.bin %> history ~/Documents/thesis.odt' },
  ];
  static override args = {
    path: textArgument({
      ignoreStdin: true,
      required: true,
      description: 'The file, as it was or as ls shows it.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(History);
    const repository = await this.open();
    const { history } = await import('../index.ts');
    const versions = await history(repository, { path: args.path, ...this.job, ...this.watch });
    this.pauseProgress();
    await this.results.object({ versions }, () =>
      versions.length === 0
        ? `No snapshot has ${args.path}\n`
        : versions.map((version) => `${versionLine(version, this.style)}\n`).join(''),
    );
  }
}
