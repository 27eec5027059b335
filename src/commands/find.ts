import { string as textArgument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { atFlag, momentOf } from '../cli/moment-flags.ts';
import { foundLine } from '../cli/report-entries.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Find extends RepositoryCommand {
  static override summary = 'Find files by name in snapshots.';
  static override description =
    'A pattern without a slash is compared with names, one with a slash with whole paths.';
  static override examples = [
    { description: 'In the newest snapshot', command: '<%= config.bin %> find "*.pdf"' },
    {
      description: 'In all snapshots: where was that file?',
      command: '<%= config.bin %> find thesis.odt --all',
    },
  ];
  static override args = {
    pattern: textArgument({ ignoreStdin: true, required: true, description: 'A name or a glob.' }),
  };
  static override flags = {
    all: boolean({ char: 'a', summary: 'In every snapshot, instead of one.' }),
    ...atFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Find);
    const at = await momentOf(flags.at, this.environment);
    const repository = await this.open();
    const { find } = await import('../index.ts');
    const values = find(repository, {
      pattern: args.pattern,
      ...(flags.all ? { all: true } : { at }),
      ...this.job,
      ...this.watch,
    });
    this.pauseProgress();
    const count = await this.results.list({ one: 'match', many: 'matches', values, line: foundLine });
    if (count === 0) this.notice(`Nothing is named ${args.pattern}`);
  }
}
