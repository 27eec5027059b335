import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, loadConfig } from '../../cli/config.ts';
import type { ConfigValues } from '../../cli/config-schema.ts';
import { plural } from '../../cli/format.ts';

export default class ConfigValidate extends BmcloudCommand {
  static override summary = 'Check a configuration file.';
  static override description =
    'Names the first thing that is wrong by line and column, and the nearest setting. Without FILE it is the one in force.';
  static override examples = [
    { description: 'The one in force', command: '<%= config.bin %> config validate' },
    { description: 'Another one', command: '<%= config.bin %> config validate /etc/bmcloud.json' },
  ];
  static override args = { file: textArgument({ ignoreStdin: true, description: 'The file.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigValidate);
    const { env, cwd } = this.environment;
    const named = args.file === undefined ? flags.config : path.resolve(cwd, args.file);
    const { file, values } = await loadConfig({
      flag: named,
      variable: env.BMCLOUD_CONFIG,
      cwd,
      directory: this.directories.config,
    });
    await checkPatterns(file ?? '', values);
    const jobs = Object.keys(values.jobs ?? {});
    await this.results.object({ file, valid: true, jobs }, () =>
      file === undefined
        ? 'There is no configuration file\n'
        : `${file} is fine: ${plural(jobs.length, 'job')}\n`,
    );
  }

  /** A broken file is what is looked for. */
  protected override readConfig(): Promise<Config> {
    return Promise.resolve({ values: {} });
  }
}

/** What a push would refuse. @throws `usage`, naming the list and the pattern */
async function checkPatterns(
  file: string,
  { jobs = {}, profiles = {}, ...top }: ConfigValues,
): Promise<void> {
  const { ruleLines } = await import('../../index.ts');
  const check = (section: string, lists: Pick<ConfigValues, (typeof patternLists)[number]>) => {
    for (const name of patternLists)
      ruleLines(lists[name] ?? [], { origin: `${file}: ${section}${name}`, windows: path.sep === '\\' });
  };
  check('', top);
  for (const [name, profile] of Object.entries(profiles)) check(`profiles.${name}.`, profile);
  for (const [name, job] of Object.entries(jobs)) check(`jobs.${name}.`, job);
}

const patternLists = ['exclude', 'iexclude', 'include'] as const;
