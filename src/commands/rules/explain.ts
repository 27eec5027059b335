import { dirname, resolve } from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { BmcloudCommand } from '../../cli/command.ts';
import { settingsOfJob, sourcesOf } from '../../cli/config.ts';
import type { ConfigValues } from '../../cli/config-schema.ts';
import { repeated } from '../../cli/flags.ts';
import { sourceFlags, sourceOptions } from '../../cli/push-flags.ts';
import { explanationLines } from '../../cli/report-rules.ts';

export default class RulesExplain extends BmcloudCommand {
  static override summary = 'Say whether a push would take a path, and which rule decides.';
  static override description =
    `Takes the same flags as push. The path need not be there; with a slash at its end it is a directory.
Reads no file but .bmcloudignore ones, and needs no repository.`;
  static override examples = [
    {
      description: 'Why is this file in the backup?',
      command: '<%= config.bin %> rules explain ~/Documents/draft.tmp --exclude "*.tmp"',
    },
    {
      description: 'In a source that is larger',
      command: '<%= config.bin %> rules explain src/build/ --source ~/project',
    },
  ];
  static override args = {
    paths: textArgument({ multiple: true, required: true, ignoreStdin: true, description: 'The paths.' }),
  };
  static override flags = {
    source: string({
      ...repeated,
      helpValue: 'DIR',
      summary: 'A source of the push; default: those of --job, or the working directory. May be repeated.',
    }),
    ...sourceFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RulesExplain);
    const { sources, cwd, values } = this.#job(flags);
    const options = await sourceOptions(sources, flags, this.environment, this.directories, values);
    const { explainRules } = await import('../../index.ts');
    const asked = args.paths.map((text) => absolute(this.environment.cwd, text));
    const paths = await explainRules(asked, { ...options, sources, cwd });
    await this.results.object({ paths }, () => explanationLines(paths, this.style));
  }

  /** The sources that were named, those of a configured job, or the working directory. */
  #job({ source = [], 'files-from': list, job }: ExplainFlags): {
    sources: string[];
    cwd: string;
    values: ConfigValues;
  } {
    const { values, file } = this.settings.config;
    const { cwd } = this.environment;
    const configured = job === undefined ? undefined : values.jobs?.[job];
    if (source.length > 0 || list !== undefined || job === undefined || !configured)
      return { sources: source.length > 0 || list !== undefined ? source : ['.'], cwd, values };
    return { sources: sourcesOf(configured), cwd: dirname(file ?? ''), values: settingsOfJob(values, job) };
  }
}

type ExplainFlags = InferredFlags<typeof RulesExplain.flags> & { job?: string | undefined };

/** A slash at the end says that it is a directory. */
function absolute(cwd: string, text: string): string {
  return resolve(cwd, text) + (/[\\/]$/.test(text) ? '/' : '');
}
