import { string as textArgument } from '@oclif/core/args';
import { existingFile } from '../../cli/existing-file.ts';
import { withSources } from '../../cli/job-sources.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';

export default class SourcesAdd extends SourcesCommand {
  static override summary = 'Add sources to a configured job.';
  static override description =
    'Writes to the configuration file; comments in it stay. Without any job one named "documents" is made.';
  static override examples = [
    { description: 'To the only job there is', command: '<%= config.bin %> sources add ~/Pictures' },
    { description: 'To one of several', command: '<%= config.bin %> sources add D:\\Photos --job photos' },
  ];
  static override args = {
    paths: textArgument({ multiple: true, ignoreStdin: true, required: true, description: 'What to add.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(SourcesAdd);
    const { cwd } = this.environment;
    for (const one of args.paths) await existingFile(one, cwd);
    const result = await this.changeSources('documents', (before) => withSources(before, args.paths, cwd));
    await this.results.object(result, () => `${result.job} backs up ${result.sources.join(', ')}\n`);
  }
}
