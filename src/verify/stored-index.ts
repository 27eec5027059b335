import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from '../errors.ts';
import { namesIn } from '../flow/names-in.ts';
import { toHex } from '../model/ids.ts';
import { IndexCache } from '../repository/index-cache.ts';
import { PageCache } from '../repository/record-pages.ts';
import type { Repository } from '../repository/repository.ts';
import type { TableFile } from '../repository/table-file.ts';
import type { Problems } from './problems.ts';

/** Of the file, in memory: 32 MiB. A chunk whose page is there is found ten times as fast. */
const PAGES = 8192;
/** Milliseconds after which a directory is nobody's: its check was killed. */
const LEFT_BEHIND = 30 * 24 * 3600 * 1000;
const PREFIX = 'verify-';

/** The index as the store has it. */
export interface StoredIndex {
  /** Absent where it is empty. */
  file: TableFile | undefined;
  remove(): Promise<void>;
}

/**
 * Reads the index anew, into a file of its own: what this machine keeps of it may be right where the store's is damaged, and there
 * may be more of it than memory.
 */
export async function readStoredIndex(repository: Repository, problems: Problems): Promise<StoredIndex> {
  await sweep(repository.cachePath());
  const directory = repository.cachePath(`${PREFIX}${toHex(repository.random(8))}`);
  const index = new IndexCache(repository.store, repository.keys, directory, {
    random: repository.random,
    onDamaged: (name, { message }) => problems.add(name, message),
    maxFiles: 1,
    pages: new PageCache(PAGES),
  });
  try {
    const [file] = await index.sync();
    const remove = async () => {
      file?.close();
      await index.forget();
    };
    return { file, remove };
  } catch (error) {
    await index.forget();
    throw error;
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (name.startsWith(PREFIX) && (await isLeftBehind(path)))
      await rm(path, { recursive: true, force: true });
  }
}

async function isLeftBehind(path: string): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < Date.now() - LEFT_BEHIND;
  } catch (error) {
    if (isAbsence(error)) return false; // the check that it was of has ended
    throw error;
  }
}
