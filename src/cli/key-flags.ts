import path from 'node:path';
import { string } from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import type { Secret } from '../index.ts';
import type { Environment } from './environment.ts';
import { usage } from './failure.ts';
import { writePrivateFile } from './private-file.ts';
import type { Terminal } from './prompt.ts';
import { readNewSecret, type SecretOrigin } from './secret.ts';

/** Where a recovery key goes. */
export const deliveryFlags = {
  'recovery-key-file': string({
    helpValue: 'FILE',
    summary: 'Write the recovery key to a new FILE that only you can read, instead of showing it.',
  }),
} satisfies FlagInput;

/** Where a new secret comes from. */
export const newSecretFlags = {
  'new-key-file': string({
    helpValue: 'FILE',
    summary: 'Generate a key and write it to a new FILE that only you can read, instead of a passphrase.',
  }),
  'new-passphrase-file': string({ helpValue: 'FILE', summary: 'File that holds the new passphrase.' }),
  'new-passphrase-command': string({
    helpValue: 'COMMAND',
    summary: 'Command that prints the new passphrase.',
  }),
} satisfies FlagInput;

export interface NewSecretFlags {
  'new-key-file'?: string | undefined;
  'new-passphrase-file'?: string | undefined;
  'new-passphrase-command'?: string | undefined;
}

/** The secret for a new key; `otherwise` is asked when no flag tells. @throws `usage`, `config`, `no-key` */
export async function newSecretOf(
  flags: NewSecretFlags,
  otherwise: SecretOrigin,
  terminal: Terminal & Pick<Environment, 'cwd'>,
  warn: (message: string) => void,
): Promise<Secret> {
  const given = Object.keys(newSecretFlags).filter(
    (flag) => flags[flag as keyof NewSecretFlags] !== undefined,
  );
  if (given.length > 1) throw usage(`--${given.join(' and --')} cannot be used together`, 'Choose one');
  const keyFile = flags['new-key-file'];
  if (keyFile !== undefined) return generateInto(path.resolve(terminal.cwd, keyFile));
  return readNewSecret(originOf(flags, terminal.cwd) ?? otherwise, terminal, warn);
}

function originOf(flags: NewSecretFlags, cwd: string): SecretOrigin | undefined {
  const file = flags['new-passphrase-file'];
  if (file !== undefined) return { from: 'file', file: path.resolve(cwd, file) };
  const command = flags['new-passphrase-command'];
  return command === undefined ? undefined : { from: 'command', command };
}

/** The key is on the disk before anything is locked with it. */
async function generateInto(file: string): Promise<Secret> {
  const { formatGeneratedKey, newGeneratedKey } = await import('../index.ts');
  const key = newGeneratedKey();
  await writePrivateFile(file, `${formatGeneratedKey(key)}\n`);
  return { kind: 'generated', key };
}
