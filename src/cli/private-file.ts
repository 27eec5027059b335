import { open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { makeDirectories } from '../flow/make-directories.ts';

/** Writes a new file that only the user can read; it is on the disk when the promise resolves. @throws `config` when it exists */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  try {
    await makeDirectories(path.dirname(file), 0o700);
    await writeNew(file, text);
  } catch (error) {
    const exists = systemCodeOf(error) === 'EEXIST';
    throw new BmcloudError(
      'config',
      exists ? `${file} exists already` : `Cannot write ${file}: ${messageOf(error)}`,
      {
        cause: error,
        ...(exists && { hint: 'Name a new file: keys are never overwritten' }),
      },
    );
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** The text of a file that holds a secret, without the line's end. `warn` hears when others can read it. @throws `config` */
export async function readPrivateFile(file: string, warn: (message: string) => void): Promise<string> {
  try {
    if (((await stat(file)).mode & 0o077) !== 0 && path.sep === '/') {
      warn(`${file} can be read by others: chmod 600 ${file}`);
    }
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new BmcloudError('config', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
