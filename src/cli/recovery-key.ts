import { access, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, messageOf } from '../errors.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import type { OutputMode } from './arguments.ts';
import type { Environment } from './environment.ts';
import { usage } from './failure.ts';
import { writePrivateFile } from './private-file.ts';

/** One line for every push until somebody has a recovery key. */
export const recoveryReminder =
  'Nobody has saved a recovery key for this repository: run "bmcloud key add --recovery --recovery-key-file FILE" and keep FILE elsewhere';

/** The error where a repository was made, and its recovery key could not be written. */
export function keyNotHandedOver(error: unknown): BmcloudError {
  const message = `The repository is made, but nobody has its recovery key: ${messageOf(error)}`;
  return new BmcloudError('config', message, {
    hint: 'Run "bmcloud key add --recovery --recovery-key-file FILE" for another one',
    cause: error,
  });
}

/** How a recovery key may reach its owner: a file, or a terminal, and nothing else. */
export interface Delivery {
  file: string | undefined;
  mode: OutputMode;
  environment: Pick<Environment, 'stderr' | 'cwd'>;
}

/** Where the file will be; refuses one that exists before a key is made that could not be written. @throws `usage` */
export async function checkDelivery({ file, environment }: Delivery): Promise<void> {
  if (file === undefined || !(await exists(path.resolve(environment.cwd, file)))) return;
  throw usage(`${file} exists already`, 'Name a new file: keys are never overwritten');
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}

/** Hands the key over. False: there was nobody to give it to, and it is forgotten. @throws `config` */
export async function deliver(key: string, { file, mode, environment }: Delivery): Promise<boolean> {
  if (file !== undefined) {
    const target = path.resolve(environment.cwd, file);
    await writePrivateFile(target, `${key}\n`);
    if (mode === 'text')
      await environment.stderr.write(`The recovery key is in ${target}: move it off this computer\n`);
    return true;
  }
  if (!environment.stderr.interactive || mode !== 'text') return false;
  await environment.stderr.write(
    `\nRecovery key, shown once. Write it down and keep it away from this computer;\nwith it everything can be restored when the passphrase or key file is lost:\n\n  ${key}\n\n`,
  );
  return true;
}

/** Remembers, per repository, that its recovery key was saved, or that it was not. */
export async function rememberRecoveryKey(state: string, repository: string, saved: boolean): Promise<void> {
  const marker = markerFile(state, repository);
  if (saved) return rm(marker, { force: true });
  await makeDirectories(path.dirname(marker), 0o700);
  await writeFile(marker, '');
}

/** Whether a push should remind. */
export function recoveryKeyMissing(state: string, repository: string): Promise<boolean> {
  return exists(markerFile(state, repository));
}

function markerFile(state: string, repository: string): string {
  return path.join(state, 'recovery-key-not-saved', repository);
}
