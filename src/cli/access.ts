import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, isAbsence } from '../errors.ts';
import type { Config } from './config.ts';
import { resolveLocation } from './config-paths.ts';
import type { UserDirectories } from './directories.ts';
import type { Environment } from './environment.ts';
import type { GlobalFlags } from './flags.ts';
import { type SecretOrigin, secretOrigin } from './secret.ts';

/** Which repository, and how it is unlocked. */
export interface Access {
  location: string;
  origin: SecretOrigin;
  /** Nothing names a repository: it is the local one in the user's data directory. */
  isDefault: boolean;
}

/** `--repo`, `BMCLOUD_REPO`, the configuration, else the default. @throws `usage` */
export function accessOf(
  flags: GlobalFlags,
  environment: Pick<Environment, 'env' | 'cwd'>,
  config: Config,
  directories: UserDirectories,
): Access {
  const origin = secretOrigin(flags, environment, config);
  const named = flags.repo ?? (environment.env.BMCLOUD_REPO || undefined);
  if (named !== undefined)
    return { location: resolveLocation(named, environment.cwd), origin, isDefault: false };
  if (config.values.repository) return { location: config.values.repository, origin, isDefault: false };
  return {
    location: defaultLocation(directories),
    // Whoever wants a passphrase on it says so; else its key file spares all questions.
    origin: origin.from === 'prompt' ? { from: 'key-file', file: defaultKeyFile(directories) } : origin,
    isDefault: true,
  };
}

export function defaultLocation(directories: UserDirectories): string {
  return path.join(directories.data, 'repository');
}

export function defaultKeyFile(directories: UserDirectories): string {
  return path.join(directories.config, 'repository.key');
}

/** Whether the default repository was made already. */
export async function defaultExists(directories: UserDirectories): Promise<boolean> {
  try {
    await stat(path.join(defaultLocation(directories), 'format.json'));
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** The error of commands that need a repository where none is named and none was made. */
export function nothingConfigured(): BmcloudError {
  return new BmcloudError('no-repository', 'No repository is configured, and none was made yet', {
    hint: 'Use --repo, BMCLOUD_REPO or "bmcloud config set repository LOCATION"; "bmcloud push DIR" makes a local one',
  });
}
