import { string as textArgument } from '@oclif/core/args';
import { usage } from '../../cli/failure.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';

export default class DebugCat extends RepositoryCommand {
  static override summary = 'Print the bytes of an object of the repository.';
  static override description = 'As they are stored: most of them are encrypted.';
  static override examples = [
    { description: 'A copy of a key slot', command: '<%= config.bin %> debug cat keys/<id> > slot.json' },
  ];
  static override args = {
    key: textArgument({
      ignoreStdin: true,
      required: true,
      description: 'The key of the object, relative to the repository.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(DebugCat);
    if (this.mode !== 'text')
      throw usage('debug cat prints raw bytes, which JSON cannot hold', 'Leave --json out');
    const repository = await this.open();
    const { rawObject } = await import('../../index.ts');
    const bytes = await rawObject(repository, args.key);
    this.pauseProgress();
    await this.environment.stdout.write(bytes);
  }
}
