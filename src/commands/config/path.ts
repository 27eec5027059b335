import { BmcloudCommand } from '../../cli/command.ts';
import { userConfigFile } from '../../cli/config.ts';

export default class ConfigPath extends BmcloudCommand {
  static override summary = 'Print where the configuration file is, or would be.';
  static override description =
    'The first of --config, BMCLOUD_CONFIG, ./bmcloud.json and the one in the user configuration directory.';
  static override examples = [{ description: 'Edit it', command: 'vi "$(<%= config.bin %> config path)"' }];

  async run(): Promise<void> {
    await this.parse(ConfigPath);
    const { file } = this.settings.config;
    const result = { path: file ?? userConfigFile(this.directories.config), exists: file !== undefined };
    await this.results.object(result, () => `${result.path}\n`);
  }
}
