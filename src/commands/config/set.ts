import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, resolveLocation, setRepository, userConfigFile } from '../../cli/config.ts';

export default class ConfigSet extends BmcloudCommand {
  static override summary = 'Change the configuration file.';
  static override description =
    'Writes to --config, BMCLOUD_CONFIG, or the file in the user configuration directory, and makes it if need be.';
  static override examples = [
    {
      description: 'Use this repository from now on',
      command: '<%= config.bin %> config set repository s3://bucket/laptop',
    },
  ];
  static override args = {
    name: textArgument({
      ignoreStdin: true,
      required: true,
      options: ['repository'],
      description: 'What to set.',
    }),
    value: textArgument({ ignoreStdin: true, required: true, description: 'Its value.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet);
    const { cwd, env } = this.environment;
    const named = flags.config ?? (env.BMCLOUD_CONFIG || undefined);
    const file = named === undefined ? userConfigFile(this.directories.config) : path.resolve(cwd, named);
    const location = resolveLocation(args.value, cwd);
    await setRepository(file, location);
    await this.results.object(
      { file, repository: location },
      () => `${file} now says repository ${location}\n`,
    );
  }

  /** The file that is to be written need not exist. */
  protected override readConfig(): Promise<Config> {
    return Promise.resolve({ values: {} });
  }
}
