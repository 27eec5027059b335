import { newSecretFlags, newSecretOf } from '../../cli/key-flags.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';

export default class KeyPasswd extends RepositoryCommand {
  static override summary = 'Change the passphrase in use.';
  static override description =
    'Puts a new passphrase (or key file) in the place of the one that opened the repository. Other keys stay.';
  static override examples = [
    { description: 'Asks for the old and the new', command: '<%= config.bin %> key passwd' },
  ];
  static override flags = newSecretFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(KeyPasswd);
    const repository = await this.open();
    const secret = () => newSecretOf(flags, { from: 'prompt' }, this.terminal, this.sayWarning);
    const { changePassphrase } = await import('../../index.ts');
    const key = await changePassphrase(repository, { secret });
    this.pauseProgress();
    await this.results.object(
      { key },
      () => `Key ${key.id.slice(0, 8)} (${key.label}) has taken the old one's place\n`,
    );
  }
}
