import { sourcesOf } from '../../cli/config.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';
import { originText } from '../../cli/secret.ts';
import { renderFacts } from '../../cli/table.ts';

export default class ConfigShow extends RepositoryCommand {
  static override summary = 'Show the settings in force.';
  static override description =
    'From flags, the environment, the configuration file and the defaults. Secrets are not shown.';
  static override examples = [
    { description: 'Which repository would be used?', command: '<%= config.bin %> config show' },
  ];

  async run(): Promise<void> {
    await this.parse(ConfigShow);
    const { access, directories } = this;
    const { config } = this.settings;
    const { limits } = this.openOptions(access);
    const jobs = Object.entries(config.values.jobs ?? {}).map(([name, job]) => ({
      name,
      sources: sourcesOf(job),
    }));
    const result = {
      file: config.file,
      repository: access.location,
      isDefault: access.isDefault,
      secret: originText(access.origin),
      ...this.job,
      jobs,
      limits,
      directories,
    };
    await this.results.object(result, () =>
      renderFacts([
        ['Configuration', config.file ?? 'none'],
        ['Repository', access.location + (access.isDefault ? ' (nothing is configured: the default)' : '')],
        ['Unlocked by', result.secret],
        ...(result.job === undefined ? [] : [['Job', result.job] as [string, string]]),
        ...jobs.map(({ name, sources }, i): [string, string] => [
          i === 0 ? 'Jobs' : '',
          `${name}: ${sources.join(', ')}`,
        ]),
        ['Cache', directories.cache],
        ['State', directories.state],
      ]),
    );
  }
}
