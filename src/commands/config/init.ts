import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, userConfigFile } from '../../cli/config.ts';
import { makeConfig } from '../../cli/config-file.ts';
import { resolveLocation, typedPath } from '../../cli/config-paths.ts';
import { newConfig } from '../../cli/new-config.ts';

export default class ConfigInit extends BmcloudCommand {
  static override summary = 'Make a configuration file.';
  static override description =
    `Writes a file with comments to --config, BMCLOUD_CONFIG, or the user configuration directory. With SOURCES it has a job that
"bmcloud push" pushes. Nothing is overwritten.`;
  static override examples = [
    {
      description: 'A job of two directories',
      command: '<%= config.bin %> config init ~/Documents ~/Pictures --repo s3://bucket/laptop',
    },
  ];
  static override args = {
    sources: textArgument({ multiple: true, ignoreStdin: true, description: 'Directories, files or globs.' }),
  };
  static override flags = {
    name: string({ helpValue: 'NAME', default: 'documents', summary: 'Name of the job.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigInit);
    const { cwd, env } = this.environment;
    const named = flags.config ?? (env.BMCLOUD_CONFIG || undefined);
    const file = named === undefined ? userConfigFile(this.directories.config) : path.resolve(cwd, named);
    const sources = (args.sources ?? []).map((source) => typedPath(source, cwd));
    const repository = flags.repo === undefined ? undefined : resolveLocation(flags.repo, cwd);
    await makeConfig(file, newConfig({ repository, job: flags.name, sources }));
    await this.results.object({ file, sources, repository }, () => `${file} was made: edit it as you like\n`);
  }

  /** The file that is to be written need not exist. */
  protected override readConfig(): Promise<Config> {
    return Promise.resolve({ values: {} });
  }
}
