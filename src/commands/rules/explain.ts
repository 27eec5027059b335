import { dirname, resolve } from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { unknownJob } from '../../cli/chosen-jobs.ts';
import { BmcloudCommand } from '../../cli/command.ts';
import { type JobSettings, settingsOfJob, sourcesOf } from '../../cli/config.ts';
import { repeated } from '../../cli/flags.ts';
import { sourceFlags, sourceOptions } from '../../cli/push-flags.ts';
import { explanationLines, inSources, type JobExplanation } from '../../cli/report-rules.ts';

export default class RulesExplain extends BmcloudCommand {
  static override summary = 'Say whether a push would take a path, and which rule decides.';
  static override description =
    `Asks every configured job, or the sources that are named. The path need not be there; with a slash at its end it is a directory.
Reads no file but .bmcloudignore ones, and needs no repository.`;
  static override examples = [
    {
      description: 'Why is this file not in the backup?',
      command: '<%= config.bin %> rules explain ~/Documents/draft.tmp',
    },
    {
      description: 'What would a pattern do?',
      command: '<%= config.bin %> rules explain src/build/ --source ~/project --exclude "build/"',
    },
  ];
  static override args = {
    paths: textArgument({ multiple: true, required: true, ignoreStdin: true, description: 'The paths.' }),
  };
  static override flags = {
    source: string({
      ...repeated,
      helpValue: 'DIR',
      summary:
        'A source of the push; default: those of --job, of all jobs, or the working directory. May be repeated.',
    }),
    ...sourceFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesExplain);
    const asked = args.paths.map((text) => absolute(this.environment.cwd, text));
    const answers: JobExplanation[] = [];
    for (const { job, ...push } of this.#pushes(flags)) {
      const paths = await this.#explain(asked, flags, push);
      answers.push(...paths.map((one) => ({ ...(job !== undefined && { job }), ...one })));
    }
    const paths = inSources(answers);
    await this.results.object({ paths }, () => explanationLines(paths, this.style));
  }

  async #explain(asked: string[], flags: ExplainFlags, { sources, cwd, values }: ExplainedPush) {
    const options = await sourceOptions(sources, flags, this.environment, this.directories, values);
    const { explainRules } = await import('../../index.ts');
    return await explainRules(asked, { ...options, sources, cwd });
  }

  /** The pushes that are meant. */
  #pushes({ source, 'files-from': list, job }: ExplainFlags): ExplainedPush[] {
    const { values, file } = this.settings.config;
    const { cwd } = this.environment;
    const jobs = values.jobs ?? {};
    if (source || list !== undefined) return [{ sources: source ?? [], cwd, values }];
    if (job !== undefined && !jobs[job]) throw unknownJob(job, Object.keys(jobs));
    const names = job === undefined ? Object.keys(jobs) : [job];
    if (names.length === 0) return [{ sources: ['.'], cwd, values }];
    return names.map((name) => ({
      job: name,
      sources: sourcesOf(jobs[name] ?? {}),
      cwd: dirname(file ?? ''),
      values: settingsOfJob(values, name),
    }));
  }
}

type ExplainFlags = InferredFlags<typeof RulesExplain.flags> & { job?: string | undefined };

interface ExplainedPush {
  job?: string;
  sources: string[];
  /** What relative ones start from. */
  cwd: string;
  values: JobSettings;
}

/** A slash at the end says that it is a directory. */
function absolute(cwd: string, text: string): string {
  return resolve(cwd, text) + (/[\\/]$/.test(text) ? '/' : '');
}
