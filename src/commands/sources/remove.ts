import { string as textArgument } from '@oclif/core/args';
import { usage } from '../../cli/failure.ts';
import { withoutSources } from '../../cli/source-list.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';

export default class SourcesRemove extends SourcesCommand {
  static override summary = 'Remove sources from a configured job.';
  static override description =
    `The next push records what lay in them as deleted; older snapshots keep it. Comments in the file stay. A source may be spelled as in
the file, or in any other way that leads there.`;
  static override examples = [
    { description: 'Back it up no longer', command: '<%= config.bin %> sources remove ~/Pictures' },
  ];
  static override args = {
    paths: textArgument({
      multiple: true,
      ignoreStdin: true,
      required: true,
      description: 'What to remove.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(SourcesRemove);
    const places = await this.listPlaces();
    const result = await this.changeSources(undefined, async (before) => {
      const after = await withoutSources(before, args.paths, places);
      if (after.length > 0) return after;
      throw usage('A job needs a source', 'Remove the whole job: "bmcloud config set jobs.NAME"');
    });
    await this.results.object(result, () => `${result.job} backs up ${result.sources.join(', ')}\n`);
  }
}
