import { settingsOfJob, sourcesOf } from '../../cli/config.ts';
import { jobToEdit, sourcesReport, statesOf } from '../../cli/job-sources.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';

export default class SourcesList extends SourcesCommand {
  static override summary = 'Show the sources of a configured job, and when each was last pushed.';
  static override description = 'Without --job, of the only job there is.';
  static override examples = [
    { description: 'What is backed up?', command: '<%= config.bin %> sources list' },
  ];

  async run(): Promise<void> {
    await this.parse(SourcesList);
    const { values } = this.settings.config;
    const job = jobToEdit(values, this.settings.flags.job);
    const sources = sourcesOf(values.jobs?.[job] ?? {});
    const states = statesOf(sources, await this.#snapshots(job));
    this.pauseProgress();
    await this.results.object({ job, sources: states }, () =>
      sourcesReport(job, states, this.environment.stdout.columns()),
    );
  }

  /** None where there is no repository yet. */
  async #snapshots(job: string) {
    const { isBmcloudError, listSnapshots } = await import('../../index.ts');
    try {
      const repository = await this.open({ values: settingsOfJob(this.settings.config.values, job) });
      return await listSnapshots(repository, { job, ...this.watch });
    } catch (error) {
      if (isBmcloudError(error, 'no-repository', 'no-job')) return [];
      throw error;
    }
  }
}
