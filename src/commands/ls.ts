import { string as textArgument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { entryLine } from '../cli/report-entries.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Ls extends RepositoryCommand {
  static override summary = 'List what is in a snapshot.';
  static override description = 'Mode, owner, size, time of modification (local) and path of each entry.';
  static override examples = [
    { description: 'The top of the newest snapshot', command: '<%= config.bin %> ls' },
    {
      description: 'A directory as it was yesterday',
      command: '<%= config.bin %> ls Documents/taxes --at yesterday',
    },
    { description: 'Everything, as JSON lines', command: '<%= config.bin %> ls --recursive --json-stream' },
  ];
  static override args = {
    path: textArgument({
      ignoreStdin: true,
      description: 'Directory or file, as it was or as ls shows it; default: the sources.',
    }),
  };
  static override flags = {
    recursive: boolean({ char: 'r', summary: 'Whatever lies below, too.' }),
    ...atFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ls);
    const at = await momentOf(flags.at, this.environment);
    const repository = await this.open();
    const { list } = await import('../index.ts');
    const entries = list(repository, {
      at,
      recursive: flags.recursive,
      ...(args.path !== undefined && { path: args.path }),
      ...this.job,
      ...this.watch,
    });
    this.pauseProgress();
    await this.results.list({ one: 'entry', many: 'entries', values: entries, line: entryLine });
  }
}
