import { join } from 'node:path';
import { namesIn } from '../flow/names-in.ts';
import { TEMPORARY } from './key.ts';
import { describeFile } from './local-list.ts';
import { discard, draft } from './local-write.ts';
import { SWEEP_AGE } from './store.ts';

/** Removes temporary files older than a day; a new one tells what time it is where the files are. Returns how many. */
export async function sweepDrafts(root: string): Promise<number> {
  const names = await namesIn(join(root, TEMPORARY));
  if (names.length === 0) return 0;
  const now = await clockOf(root);
  let swept = 0;
  for (const name of names) {
    const found = await describeFile(root, `${TEMPORARY}/${name}`);
    if (!found?.modified || now.getTime() - found.modified.getTime() <= SWEEP_AGE) continue;
    await discard(join(root, found.key));
    swept++;
  }
  return swept;
}

async function clockOf(root: string): Promise<Date> {
  const { path, written } = await draft(root, async () => {});
  await discard(path);
  return written;
}
