import { access as accessFile } from 'node:fs/promises';
import { systemCodeOf } from '../errors.ts';
import { type Access, defaultKeyFile } from './access.ts';
import type { UserDirectories } from './directories.ts';
import { writePrivateFile } from './private-file.ts';

/** Makes the key file of the default repository, unless an earlier try left it or the user unlocks it otherwise. */
export async function prepareDefault(access: Access, directories: UserDirectories): Promise<void> {
  const file = defaultKeyFile(directories);
  if (access.origin.from !== 'key-file' || access.origin.file !== file || (await exists(file))) return;
  const { formatGeneratedKey, newGeneratedKey } = await import('../index.ts');
  // The key is on the disk before anything is locked with it.
  await writePrivateFile(file, `${formatGeneratedKey(newGeneratedKey())}\n`);
}

async function exists(file: string): Promise<boolean> {
  try {
    await accessFile(file);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A few calm lines about the repository that was made without asking. */
export function defaultMade(access: Access): string {
  const key = access.origin.from === 'key-file' ? `\n  Key file    ${access.origin.file}` : '';
  return `No repository is configured, so an encrypted one was made on this computer.
  Repository  ${access.location}${key}
A backup on the same disk does not survive the disk. To use S3 instead:
  bmcloud init s3://BUCKET/PREFIX
  bmcloud config set repository s3://BUCKET/PREFIX`;
}
