import { boolean, string } from '@oclif/core/flags';
import { repeated } from '../cli/flags.ts';
import { timeOf } from '../cli/moment-flags.ts';
import { parseWhole } from '../cli/quantities.ts';
import { snapshotsReport } from '../cli/report-snapshots.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Snapshots extends RepositoryCommand {
  static override summary = 'List the snapshots of the repository.';
  static override description = 'The newest comes last. Times are local.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> snapshots' },
    {
      description: 'The last five of one job',
      command: '<%= config.bin %> snapshots --job documents --latest 5',
    },
    {
      description: 'Of one machine, this month',
      command: '<%= config.bin %> snapshots --host laptop --since 2026-11-01',
    },
  ];
  static override flags = {
    host: string({ helpValue: 'NAME', summary: 'Of this machine.' }),
    tag: string({
      ...repeated,
      helpValue: 'TAG',
      summary: 'With this tag. May be repeated: with all of them.',
    }),
    since: string({ helpValue: 'TIME', summary: 'Begun at or after TIME.' }),
    until: string({ helpValue: 'TIME', summary: 'Begun at or before TIME.' }),
    latest: string({ helpValue: 'COUNT', summary: 'The newest COUNT.' }),
    partial: boolean({ summary: 'Show what interrupted pushes saved, too.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Snapshots);
    const { environment } = this;
    const filter = {
      ...(flags.host !== undefined && { host: flags.host }),
      ...(flags.tag && { tags: flags.tag }),
      ...(flags.since !== undefined && { since: await timeOf(flags.since, '--since', environment) }),
      ...(flags.until !== undefined && { until: await timeOf(flags.until, '--until', environment, true) }),
      ...(flags.latest !== undefined && { latest: parseWhole(flags.latest, '--latest', 1, 1e9) }),
    };
    const isFiltered = Object.keys(filter).length > 0 || this.job.job !== undefined;
    const repository = await this.open();
    const { listSnapshots } = await import('../index.ts');
    const snapshots = await listSnapshots(repository, {
      ...this.job,
      ...filter,
      partial: flags.partial,
      ...this.watch,
    });
    this.pauseProgress();
    await this.results.object({ snapshots }, () =>
      snapshotsReport(snapshots, environment.stdout.columns(), isFiltered),
    );
  }
}
