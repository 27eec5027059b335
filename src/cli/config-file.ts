import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import { parseConfig, readConfigText } from './config.ts';

/** Changes a configuration file: the new text is checked before it replaces the old one, in one step. Others wait meanwhile. */
export async function changeConfig(
  file: string,
  change: (text: string) => string | Promise<string>,
): Promise<void> {
  const { lockPath } = await import('../index.ts');
  const lock = await lockPath(`${file}.lock`);
  try {
    const before = await readConfigText(file);
    // What is broken already is for its owner to mend: an edit of it would guess.
    if (before !== undefined) await parseConfig(before, file);
    const after = await change(before ?? '{}\n');
    await parseConfig(after, file);
    await writeConfig(file, after);
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

let written = 0;

async function writeConfig(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}-${written++}.new`;
  await writeFile(temporary, text.endsWith('\n') ? text : `${text}\n`, { mode: 0o600, flush: true });
  await whenFree(() => rename(temporary, file));
}
