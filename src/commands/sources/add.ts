import { string as textArgument } from '@oclif/core/args';
import { existingFile } from '../../cli/existing-file.ts';
import { type LongerList, pathsOf, withSources } from '../../cli/source-list.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';

export default class SourcesAdd extends SourcesCommand {
  static override summary = 'Add sources to a configured job.';
  static override description =
    `Writes to the configuration file; comments in it stay. Without any job one named "documents" is made. What is there already, in
whatever spelling, is not added again. A glob stands for what it finds now; one that is to find more later is for the file itself.`;
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
    const places = await this.listPlaces();
    const paths = await pathsOf(args.paths, places);
    for (const one of paths) await existingFile(one, cwd);
    let known: LongerList['known'] = [];
    const result = await this.changeSources('documents', (before) => {
      const list = withSources(before, paths, places);
      ({ known } = list);
      return list.sources;
    });
    await this.results.object({ ...result, known }, () => {
      const said = known.map(
        ({ path, as }) => `${path} is there already${path === as ? '' : `, as ${as}`}\n`,
      );
      return `${said.join('')}${result.job} backs up ${result.sources.join(', ')}\n`;
    });
  }
}
