import { keysReport } from '../../cli/report-keys.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';

export default class KeyList extends RepositoryCommand {
  static override summary = 'List the keys that open the repository.';
  static override description =
    'Each key is a passphrase, a key file or a recovery key; what they are is not stored anywhere.';
  static override examples = [{ description: 'All keys', command: '<%= config.bin %> key list' }];

  async run(): Promise<void> {
    await this.parse(KeyList);
    const repository = await this.open();
    const { listKeys } = await import('../../index.ts');
    const keys = await listKeys(repository);
    this.pauseProgress();
    await this.results.object({ keys }, () => keysReport(keys, this.environment.stdout.columns()));
  }
}
