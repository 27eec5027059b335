import { settingsOfJob, sourcesOf } from '../../cli/config.ts';
import { jobToEdit, type SourceState, sourcesReport, statesOf } from '../../cli/job-sources.ts';
import { SourcesCommand } from '../../cli/sources-command.ts';
import type { Repository } from '../../index.ts';

export default class SourcesList extends SourcesCommand {
  static override summary = 'Show the sources of a configured job, and when each was last pushed.';
  static override description =
    `Without --job, of the only job there is. The fingerprint is what "bmcloud fingerprint" says of a source as long as it is as its last
push left it; here its first digits, all of them with --json.`;
  static override examples = [
    { description: 'What is backed up?', command: '<%= config.bin %> sources list' },
  ];

  async run(): Promise<void> {
    await this.parse(SourcesList);
    const { values } = this.settings.config;
    const job = jobToEdit(values, this.settings.flags.job);
    const sources = sourcesOf(values.jobs?.[job] ?? {});
    const states = await this.#states(sources, job);
    this.pauseProgress();
    await this.results.object({ job, sources: states }, () =>
      sourcesReport(job, states, this.environment.stdout.columns()),
    );
  }

  /** None was pushed where there is no repository yet. */
  async #states(sources: string[], job: string): Promise<SourceState[]> {
    const { isBmcloudError, listSnapshots } = await import('../../index.ts');
    try {
      const repository = await this.open({ values: settingsOfJob(this.settings.config.values, job) });
      const snapshots = await listSnapshots(repository, { job, ...this.watch });
      return await this.#withFingerprints(repository, statesOf(sources, snapshots), job);
    } catch (error) {
      if (isBmcloudError(error, 'no-repository', 'no-job')) return statesOf(sources, []);
      throw error;
    }
  }

  /** Those of one snapshot are found together: as a rule there is one. */
  async #withFingerprints(
    repository: Repository,
    states: SourceState[],
    job: string,
  ): Promise<SourceState[]> {
    const { snapshotFingerprints } = await import('../../index.ts');
    const found = new Map<string, string | undefined>();
    for (const [snapshot, group] of Map.groupBy(states, ({ last }) => last?.id)) {
      if (snapshot === undefined) continue;
      const paths = group.map(({ path }) => path);
      const all = await snapshotFingerprints(repository, { snapshot, job, paths, ...this.watch });
      for (const [i, path] of paths.entries()) found.set(path, all[i]);
    }
    return states.map((state) => {
      const fingerprint = found.get(state.path);
      return fingerprint === undefined ? state : { ...state, fingerprint };
    });
  }
}
