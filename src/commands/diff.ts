import { string as textArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { repeated } from '../cli/flags.ts';
import { momentOf } from '../cli/moment-flags.ts';
import { differenceLine } from '../cli/report-entries.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Diff extends RepositoryCommand {
  static override summary = 'Compare two snapshots, or a snapshot with the disk.';
  static override description =
    'Prints + for what is new, ~ for what changed and - for what was deleted, from FROM to TO.';
  static override examples = [
    { description: 'What changed on disk since the last push', command: '<%= config.bin %> diff' },
    { description: 'Between two moments', command: '<%= config.bin %> diff "2026-11-01" "yesterday 18:00"' },
    {
      description: 'Since a snapshot, in one directory',
      command: '<%= config.bin %> diff 1a2b3c4d latest --path Documents/taxes',
    },
  ];
  static override args = {
    from: textArgument({ ignoreStdin: true, default: 'latest', description: 'A time or a snapshot id.' }),
    to: textArgument({ ignoreStdin: true, default: 'disk', description: 'A time, a snapshot id, or disk.' }),
  };
  static override flags = {
    path: string({ ...repeated, helpValue: 'PATH', summary: 'Only this path and below. May be repeated.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Diff);
    const from = await momentOf(args.from, this.environment);
    const to = args.to === 'disk' ? ('disk' as const) : await momentOf(args.to, this.environment);
    const repository = await this.open();
    const { compare } = await import('../index.ts');
    const values = compare(repository, { from, to, paths: flags.path ?? [], ...this.job, ...this.watch });
    this.pauseProgress();
    const line = (difference: Parameters<typeof differenceLine>[0]) => differenceLine(difference, this.style);
    const count = await this.results.list({ one: 'difference', many: 'differences', values, line });
    if (count === 0) this.notice('There is no difference');
  }
}
