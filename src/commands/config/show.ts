import { string as textArgument } from '@oclif/core/args';
import { unknownJob } from '../../cli/chosen-jobs.ts';
import { sourcesOf } from '../../cli/config.ts';
import { type EffectiveParts, effectiveSettings } from '../../cli/effective-settings.ts';
import { limitsOf } from '../../cli/flags.ts';
import { settingsReport } from '../../cli/report-settings.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';
import { originText } from '../../cli/secret.ts';
import { renderFacts } from '../../cli/table.ts';
import { BmcloudError } from '../../errors.ts';

export default class ConfigShow extends RepositoryCommand {
  static override summary = 'Show the settings in force.';
  static override description =
    `Of each configured job, or of those that are named: what flags, the environment, the configuration file and the defaults come to, and where
each setting is from: the job, a profile, the top of the file, a variable, or nowhere (default). Secrets, and the commands of hooks,
which may hold some, are not shown.`;
  static override examples = [
    { description: 'Which repository, and what of each job?', command: '<%= config.bin %> config show' },
    { description: 'One job', command: '<%= config.bin %> config show documents' },
  ];
  static override args = {
    jobs: textArgument({ multiple: true, ignoreStdin: true, description: 'Names of configured jobs.' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(ConfigShow);
    const { access, directories } = this;
    const { config } = this.settings;
    const parts = await this.#parts();
    const names = this.#jobs(args.jobs ?? []);
    const jobs = names.map((name) => {
      const { profile: profiles = [], ...own } = config.values.jobs?.[name] ?? {};
      return { name, profiles, sources: sourcesOf(own), settings: effectiveSettings(parts, name) };
    });
    const result = {
      file: config.file,
      repository: parts.shownLocation(access.location),
      isDefault: access.isDefault,
      secret: originText(access.origin),
      ...this.job,
      jobs,
      limits: parts.limitsIn(config.values),
      directories,
      ...(names.length === 0 && { settings: effectiveSettings(parts) }),
    };
    const width = this.environment.stdout.columns();
    await this.results.object(result, () =>
      [
        renderFacts([
          ['Configuration', config.file ?? 'none'],
          [
            'Repository',
            result.repository + (access.isDefault ? ' (nothing is configured: the default)' : ''),
          ],
          ['Unlocked by', result.secret],
          ...(result.job === undefined ? [] : [['Job', result.job] as [string, string]]),
          ['Cache', directories.cache],
          ['State', directories.state],
        ]),
        ...jobs.map(({ name, settings }) => settingsReport(this.style.bold(`Job ${name}`), settings, width)),
        ...(result.settings ? [settingsReport('No job is configured', result.settings, width)] : []),
      ].join('\n'),
    );
  }

  /** @throws `usage` for one that is not there */
  #jobs(named: string[]): string[] {
    const { config, flags } = this.settings;
    const jobs = Object.keys(config.values.jobs ?? {});
    const unknown = named.find((name) => !jobs.includes(name));
    if (unknown !== undefined) throw unknownJob(unknown, jobs);
    if (named.length > 0) return [...new Set(named)];
    return flags.job !== undefined && jobs.includes(flags.job) ? [flags.job] : jobs;
  }

  async #parts(): Promise<EffectiveParts> {
    const { canonicalLocation } = await import('../../index.ts');
    const { flags, config } = this.settings;
    return {
      values: config.values,
      flags,
      env: this.environment.env,
      accessIn: (values) => this.accessIn(values),
      limitsIn: (values) => limitsOf(flags, values.limits),
      shownLocation: (location) => {
        try {
          return canonicalLocation(location);
        } catch (error) {
          if (error instanceof BmcloudError) return `unusable: ${error.message}`;
          throw error;
        }
      },
    };
  }
}
