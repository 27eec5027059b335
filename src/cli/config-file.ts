import { chmod, realpath, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { parseConfig, readConfigText } from './config.ts';

/**
 * Changes a configuration file: the new text is checked before it replaces the old one, in one step. Others wait meanwhile.
 * A link to it stays one, and its mode stays.
 */
export async function changeConfig(
  file: string,
  change: (text: string) => string | Promise<string>,
): Promise<void> {
  const { lockPath } = await import('../index.ts');
  const real = await realName(file);
  const lock = await lockPath(`${real}.lock`);
  try {
    const before = await readConfigText(file);
    // What is broken already is for its owner to mend: an edit of it would guess.
    if (before !== undefined) await parseConfig(before, file);
    const after = await change(before ?? '{}\n');
    await parseConfig(after, file);
    await writeConfig(real, after);
  } finally {
    await lock.release();
  }
}

/** @throws `config` if there is one already */
export async function makeConfig(file: string, text: string): Promise<void> {
  if ((await readConfigText(file)) !== undefined) {
    throw new BmcloudError('config', `${file} exists already`, {
      hint: 'Edit it, or use "bmcloud config set"',
    });
  }
  await parseConfig(text, file);
  await writeConfig(file, text);
}

/** Behind links; a file that is yet to be made has its own name. */
async function realName(file: string): Promise<string> {
  return (await ifThere(realpath(file))) ?? file;
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

let written = 0;

async function writeConfig(file: string, text: string): Promise<void> {
  await makeDirectories(path.dirname(file), 0o700);
  const temporary = `${file}.${process.pid}-${written++}.new`;
  await writeFile(temporary, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600, flush: true });
  const before = await ifThere(stat(file));
  if (before) await chmod(temporary, before.mode & 0o777);
  await whenFree(() => rename(temporary, file));
}
