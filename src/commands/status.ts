import { string as textArgument } from '@oclif/core/args';
import type { InferredFlags } from '@oclif/core/interfaces';
import type { ConfigValues } from '../cli/config-schema.ts';
import { usage } from '../cli/failure.ts';
import { PushCommand } from '../cli/push-command.ts';
import { apartFrom, sourceFlags, sourceOptions } from '../cli/push-flags.ts';
import { statusReport } from '../cli/report-status.ts';
import type { StatusResult } from '../index.ts';

export default class Status extends PushCommand {
  static override summary = 'Show what a push would do.';
  static override description =
    `Compares the sources with the last snapshot by their metadata; reads no file and stores nothing. Without SOURCES every job of the
configuration is looked at; the name of a job means that one.`;
  static override examples = [
    { description: 'What changed since the last push', command: '<%= config.bin %> status ~/Documents' },
    { description: 'Of every configured job', command: '<%= config.bin %> status' },
  ];
  static override args = {
    sources: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'The sources of the push; or names of configured jobs.',
    }),
  };
  static override flags = sourceFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const words = args.sources ?? [];
    const isList = flags['files-from'] !== undefined;
    const jobs = isList ? undefined : await this.configuredJobs(words);
    if (jobs) return await this.#ofJobs(jobs, flags);
    if (words.length === 0 && !isList) throw usage('No source was named', 'Try "bmcloud status DIR"');
    const result = await this.#status(words, this.environment.cwd, flags, this.settings.config.values);
    await this.results.object(result, () => statusReport(result, this.style));
  }

  async #ofJobs(jobs: string[], flags: StatusFlags): Promise<void> {
    const all: ({ job: string } & StatusResult)[] = [];
    for (const job of jobs) {
      const { sources, cwd, settings } = this.sourcesOf(job);
      all.push({ job, ...(await this.#status(sources, cwd, flags, settings)) });
    }
    await this.results.object({ jobs: all }, () =>
      all.map((one) => `${this.style.bold(`Job ${one.job}`)}\n${statusReport(one, this.style)}`).join('\n'),
    );
  }

  async #status(
    sources: string[],
    cwd: string,
    flags: StatusFlags,
    values: ConfigValues,
  ): Promise<StatusResult> {
    const options = await sourceOptions(sources, flags, this.environment, this.directories, values);
    const repository = await this.open({ values });
    const { status } = await import('../index.ts');
    const result = await status(repository, {
      ...apartFrom(options, repository.location),
      sources,
      cwd,
      ...this.jobIn(values),
      ...this.watch,
    });
    this.pauseProgress();
    return result;
  }
}

type StatusFlags = InferredFlags<typeof Status.flags>;
