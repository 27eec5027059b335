import { string as textArgument } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { confirm } from '../../cli/confirm.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';
import type { KeyInfo } from '../../index.ts';

export default class KeyRemove extends RepositoryCommand {
  static override summary = 'Remove a key.';
  static override description =
    `The key no longer opens the repository. Whoever copied the repository's key slots before can still use it on the copy.`;
  static override examples = [
    { description: 'By the beginning of its id', command: '<%= config.bin %> key remove 1a2b3c4d' },
  ];
  static override args = {
    key: textArgument({
      ignoreStdin: true,
      required: true,
      description: 'The beginning of its id, as "key list" shows it.',
    }),
  };
  static override flags = { yes: boolean({ char: 'y', summary: 'Do not ask.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeyRemove);
    const repository = await this.open();
    const { removeKey } = await import('../../index.ts');
    this.pauseProgress();
    const removed = await removeKey(repository, {
      key: args.key,
      confirm: (key) => confirm(this.terminal, `Remove ${nameOf(key)}?`, flags.yes),
    });
    await this.results.object({ removed }, () => `Removed ${nameOf(removed)}\n`);
  }
}

function nameOf({ id, role, label, current }: KeyInfo): string {
  const use = current ? ', which is in use now' : '';
  return `${role} key ${id.slice(0, 8)} (${label})${use}`;
}
