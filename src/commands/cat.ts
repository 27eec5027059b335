import { string as textArgument } from '@oclif/core/args';
import { usage } from '../cli/failure.ts';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Cat extends RepositoryCommand {
  static override summary = 'Print a file of a snapshot.';
  static override description = 'Writes the bytes of the file to standard output, and nothing else.';
  static override examples = [
    {
      description: 'A file as it was yesterday',
      command: '<%= config.bin %> cat Documents/notes.txt --at yesterday',
    },
    {
      description: 'A database dump, straight into the database',
      command: '<%= config.bin %> cat shop.sql | psql shop',
    },
  ];
  static override args = {
    path: textArgument({
      ignoreStdin: true,
      required: true,
      description: 'The file, as it was or as ls shows it.',
    }),
  };
  static override flags = atFlag;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Cat);
    if (this.mode !== 'text')
      throw usage('cat prints the bytes of a file, which JSON cannot hold', 'Leave --json out');
    const at = await momentOf(flags.at, this.environment);
    const repository = await this.open();
    const { readFile } = await import('../index.ts');
    const { stdout } = this.environment;
    this.pauseProgress();
    for await (const piece of readFile(repository, { at, path: args.path, ...this.job, ...this.watch })) {
      if (stdout.closed) return;
      await stdout.write(piece);
    }
  }
}
