import { string as textArgument } from '@oclif/core/args';
import { usage } from '../cli/failure.ts';
import { apartFrom, sourceFlags, sourceOptions } from '../cli/push-flags.ts';
import { statusReport } from '../cli/report-status.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Status extends RepositoryCommand {
  static override summary = 'Show what a push would do.';
  static override description =
    'Compares the sources with the last snapshot by their metadata; reads no file and stores nothing.';
  static override examples = [
    { description: 'What changed since the last push', command: '<%= config.bin %> status ~/Documents' },
  ];
  static override args = {
    sources: textArgument({ multiple: true, ignoreStdin: true, description: 'The sources of the push.' }),
  };
  static override flags = sourceFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const paths = args.sources ?? [];
    if (paths.length === 0 && flags['files-from'] === undefined) {
      throw usage('No source was named', 'Try "bmcloud status DIR"');
    }
    const options = await sourceOptions(paths, flags, this.environment, this.directories);
    const repository = await this.open();
    const { status } = await import('../index.ts');
    const result = await status(repository, {
      ...apartFrom(options, repository.location),
      sources: paths,
      ...this.job,
      ...this.watch,
    });
    this.pauseProgress();
    await this.results.object(result, () => statusReport(result, this.style));
  }
}
