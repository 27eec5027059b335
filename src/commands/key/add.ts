import { rm } from 'node:fs/promises';
import path from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { usage } from '../../cli/failure.ts';
import { deliveryFlags, newSecretFlags, newSecretOf } from '../../cli/key-flags.ts';
import { canAsk } from '../../cli/prompt.ts';
import { RepositoryCommand } from '../../cli/repository-command.ts';
import type { KeyInfo, Repository } from '../../index.ts';

export default class KeyAdd extends RepositoryCommand {
  static override summary = 'Add a passphrase, a key file, a recovery key or a push-only key.';
  static override description =
    `A push-only key is for a machine that may be stolen: it can add backups of that machine, and can read nothing back, not even its own.
Without a flag that says otherwise the new key is a passphrase, which is asked for.`;
  static override examples = [
    { description: 'Another passphrase', command: '<%= config.bin %> key add --label office' },
    {
      description: 'A recovery key in a file',
      command: '<%= config.bin %> key add --recovery --recovery-key-file /media/usb/recovery.key',
    },
    {
      description: 'A key for a server that only pushes',
      command: '<%= config.bin %> key add --push-only --new-key-file web1.key --label web1',
    },
  ];
  static override flags = {
    recovery: boolean({
      exclusive: ['push-only'],
      summary: 'Make a recovery key, shown once on a terminal or written to --recovery-key-file.',
    }),
    'push-only': boolean({ summary: 'Make a key that can push and nothing else.' }),
    label: string({ helpValue: 'TEXT', summary: 'A name for the key.' }),
    ...newSecretFlags,
    ...deliveryFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KeyAdd);
    this.#check(flags);
    await this.checkDelivery(flags['recovery-key-file']);
    const repository = await this.open();
    const key = flags.recovery
      ? await this.#addRecovery(repository, flags)
      : await this.#add(repository, flags);
    this.pauseProgress();
    await this.results.object({ key }, () => `Added ${key.role} key ${key.id.slice(0, 8)} (${key.label})\n`);
  }

  #check(flags: KeyAddFlags): void {
    const file = flags['recovery-key-file'];
    if (!flags.recovery && file !== undefined) throw usage('--recovery-key-file needs --recovery');
    if (flags.recovery && file === undefined && (this.mode !== 'text' || !canAsk(this.environment))) {
      throw usage('There is no terminal to show a recovery key on', 'Add --recovery-key-file FILE');
    }
  }

  async #addRecovery(repository: Repository, flags: KeyAddFlags): Promise<KeyInfo> {
    const { addKey, formatGeneratedKey, newGeneratedKey } = await import('../../index.ts');
    const key = newGeneratedKey();
    const label = flags.label ?? 'recovery';
    const file = flags['recovery-key-file'];
    const add = () => addKey(repository, { secret: { kind: 'generated', key }, role: 'recovery', label });
    const deliver = () => this.deliver(formatGeneratedKey(key), file);
    const added =
      file === undefined ? await shownAfter(add, deliver) : await this.#writtenBefore(add, deliver, file);
    await this.rememberSaved(repository.id);
    return added;
  }

  /** A key in the repository that nobody has looks like one that somebody keeps. */
  async #writtenBefore(
    add: () => Promise<KeyInfo>,
    deliver: () => Promise<unknown>,
    file: string,
  ): Promise<KeyInfo> {
    await deliver();
    try {
      return await add();
    } catch (error) {
      await rm(path.resolve(this.environment.cwd, file), { force: true });
      throw error;
    }
  }

  async #add(repository: Repository, flags: KeyAddFlags): Promise<KeyInfo> {
    const secret = () => newSecretOf(flags, { from: 'prompt' }, this.terminal, this.sayWarning);
    const { addKey } = await import('../../index.ts');
    const role = flags['push-only'] ? 'push-only' : 'owner';
    return addKey(repository, { secret, role, label: flags.label ?? role });
  }
}

/** What is written down from a screen opens something. */
async function shownAfter(add: () => Promise<KeyInfo>, deliver: () => Promise<unknown>): Promise<KeyInfo> {
  const added = await add();
  await deliver();
  return added;
}

type KeyAddFlags = InferredFlags<typeof KeyAdd.flags>;
