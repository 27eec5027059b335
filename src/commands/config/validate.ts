import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, loadConfig } from '../../cli/config.ts';
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
