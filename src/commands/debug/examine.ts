import { string as textArgument } from '@oclif/core/args';
import { toJson } from '../../cli/json.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';

export default class DebugExamine extends RepositoryCommand {
  static override summary = 'Decode an object of the repository.';
  static override description =
    'Prints what a manifest, index, pack or key slot says, as JSON. Keys and secrets are not shown.';
  static override examples = [
    {
      description: 'The parameters of the repository',
      command: '<%= config.bin %> debug examine format.json',
    },
  ];
  static override args = {
    key: textArgument({
      ignoreStdin: true,
      required: true,
      description: 'The key of the object, relative to the repository.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(DebugExamine);
    const repository = await this.open();
    const { examine } = await import('../../index.ts');
    const decoded = await examine(repository, args.key);
    this.pauseProgress();
    await this.results.object(
      decoded,
      () => `${JSON.stringify(JSON.parse(toJson(decoded)), undefined, 2)}\n`,
    );
  }
}
