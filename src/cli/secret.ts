import { spawn } from 'node:child_process';
import path from 'node:path';
import { BmcloudError } from '../errors.ts';
import type { Secret } from '../index.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.ts';
import { usage } from './failure.ts';
import { readPrivateFile } from './private-file.ts';
import { askHidden, canAsk, type Terminal } from './prompt.ts';

/** Where a secret comes from. */
export type SecretOrigin =
  | { from: 'file' | 'key-file'; file: string }
  | { from: 'command'; command: string; cwd?: string }
  | { from: 'variable'; text: string }
  | { from: 'prompt' };

export interface SecretFlags {
  'passphrase-file'?: string | undefined;
  'passphrase-command'?: string | undefined;
  'key-file'?: string | undefined;
}

/**
 * Flags before the environment, the environment before the configuration; else the user is asked.
 * @throws `usage` when two flags, or two variables, name different secrets
 */
export function secretOrigin(
  flags: SecretFlags,
  environment: Pick<Environment, 'env' | 'cwd'>,
  { values: config, file: configFile }: Config,
): SecretOrigin {
  const { env, cwd } = environment;
  return (
    only(
      ['--passphrase-file', fileOrigin('file', flags['passphrase-file'], cwd)],
      ['--passphrase-command', commandOrigin(flags['passphrase-command'])],
      ['--key-file', fileOrigin('key-file', flags['key-file'], cwd)],
    ) ??
    only(
      [
        'BMCLOUD_PASSPHRASE',
        env.BMCLOUD_PASSPHRASE ? { from: 'variable', text: env.BMCLOUD_PASSPHRASE } : undefined,
      ],
      ['BMCLOUD_PASSPHRASE_FILE', fileOrigin('file', env.BMCLOUD_PASSPHRASE_FILE, cwd)],
      ['BMCLOUD_PASSPHRASE_COMMAND', commandOrigin(env.BMCLOUD_PASSPHRASE_COMMAND)],
      ['BMCLOUD_KEY_FILE', fileOrigin('key-file', env.BMCLOUD_KEY_FILE, cwd)],
    ) ??
    only(
      ['passphraseFile', fileOrigin('file', config.passphraseFile, cwd)],
      ['passphraseCommand', commandOrigin(config.passphraseCommand, configFile)],
      ['keyFile', fileOrigin('key-file', config.keyFile, cwd)],
    ) ?? { from: 'prompt' }
  );
}

function only(...candidates: [name: string, origin: SecretOrigin | undefined][]): SecretOrigin | undefined {
  const given = candidates.filter(([, origin]) => origin !== undefined);
  if (given.length > 1)
    throw usage(`${given.map(([name]) => name).join(' and ')} are both given`, 'Leave one of them out');
  return given[0]?.[1];
}

function fileOrigin(
  from: 'file' | 'key-file',
  file: string | undefined,
  cwd: string,
): SecretOrigin | undefined {
  return file ? { from, file: path.resolve(cwd, file) } : undefined;
}

/** @param configFile where the command is from: it starts beside it, as paths in it do */
function commandOrigin(command: string | undefined, configFile?: string): SecretOrigin | undefined {
  const beside = configFile === undefined ? {} : { cwd: path.dirname(configFile) };
  return command ? { from: 'command', command, ...beside } : undefined;
}

/** Where a secret comes from, for people. */
export function originText(origin: SecretOrigin): string {
  switch (origin.from) {
    case 'file':
      return `the passphrase in ${origin.file}`;
    case 'key-file':
      return `the key in ${origin.file}`;
    case 'command':
      return 'what a command prints';
    case 'variable':
      return 'BMCLOUD_PASSPHRASE';
    case 'prompt':
      return 'a passphrase that is asked for';
  }
}

/** Reads the secret. `warn` hears of files that others can read. @throws `config`, `no-key`, `interrupted` */
export async function readSecret(
  origin: SecretOrigin,
  terminal: Terminal,
  warn: (message: string) => void,
): Promise<Secret> {
  switch (origin.from) {
    case 'file':
      return secretOf(await readPrivateFile(origin.file, warn), origin.file);
    case 'key-file':
      return keyOf(await readPrivateFile(origin.file, warn), origin.file);
    case 'command':
      return secretOf(await outputOf(origin, terminal), 'what --passphrase-command printed');
    case 'variable':
      return secretOf(origin.text, 'BMCLOUD_PASSPHRASE');
    case 'prompt':
      return secretOf(await askPassphrase(terminal), 'what was typed');
  }
}

/** A passphrase, or a generated key in its `BMC1-…` form. */
async function secretOf(text: string, what: string): Promise<Secret> {
  if (text === '') throw new BmcloudError('config', `There is no passphrase in ${what}: it is empty`);
  return /^\s*BMC1-/i.test(text) ? keyOf(text, what) : { kind: 'passphrase', passphrase: text };
}

async function keyOf(text: string, what: string): Promise<Secret> {
  const { parseGeneratedKey } = await import('../index.ts');
  const key = parseGeneratedKey(text);
  if (key) return { kind: 'generated', key };
  throw new BmcloudError('config', `There is no valid key in ${what}`, {
    hint: 'A key begins with BMC1- and its last characters are a checksum: look for a typing error',
  });
}

async function askPassphrase(terminal: Terminal): Promise<string> {
  if (canAsk(terminal)) return askHidden(terminal, 'Passphrase: ');
  throw new BmcloudError('no-key', 'The repository is locked and no passphrase or key was given', {
    hint: 'Use --passphrase-file, --passphrase-command, --key-file, or BMCLOUD_PASSPHRASE',
  });
}

/** A passphrase for a new key: asked twice when it is typed. @throws `usage` when the two differ, `no-key` */
export async function readNewSecret(
  origin: SecretOrigin,
  terminal: Terminal,
  warn: (message: string) => void,
): Promise<Secret> {
  if (origin.from !== 'prompt') return readSecret(origin, terminal, warn);
  if (!canAsk(terminal)) {
    throw new BmcloudError('no-key', 'A new passphrase is needed, and there is no terminal to ask for it', {
      hint: 'Use --new-key-file, --new-passphrase-file or --new-passphrase-command',
    });
  }
  const first = await askHidden(terminal, 'New passphrase: ');
  if (first === '') throw usage('The passphrase is empty');
  if (first !== (await askHidden(terminal, 'The same again: '))) throw usage('The two passphrases differ');
  return secretOf(first, 'what was typed');
}

/**
 * Standard output of a command that the shell runs, without the line's end. Its own words stay out of our messages. It may ask somebody
 * at a terminal; any other standard input is not for it, but may be what is to be backed up.
 */
async function outputOf(
  { command, cwd }: { command: string; cwd?: string },
  { stdin }: Pick<Terminal, 'stdin'>,
): Promise<string> {
  const input = stdin.isTTY ? 'inherit' : 'ignore';
  const child = spawn(command, { shell: true, cwd, stdio: [input, 'pipe', 'inherit'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
  });
  if (status === 0)
    return Buffer.concat(pieces)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  throw new BmcloudError('config', `The passphrase command failed (${status})`, {
    hint: 'It must print the passphrase and exit with 0',
  });
}
