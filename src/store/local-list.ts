import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from '../errors.ts';
import { isKey } from './key.ts';
import type { ListOptions, StoredObject } from './store.ts';

/** How many files are asked for size and time at once. */
const BATCH = 32;

interface Child {
  key: string;
  folder: boolean;
  /** What it sorts by: a folder's keys all begin with its name and a slash. */
  order: string;
}

/**
 * The files below `root` as keys in ascending order. Folders are read one after the other, only those that can hold a wanted
 * key, and not before they are reached. A folder that is not there is empty.
 */
export async function* listFiles(
  root: string,
  prefix: string,
  { limit = Number.POSITIVE_INFINITY, after = '' }: ListOptions,
): AsyncGenerator<StoredObject> {
  let left = limit;
  for await (const keys of filesInOrder(root, prefix, after)) {
    for (let start = 0; start < keys.length && left > 0; start += BATCH) {
      const batch = keys.slice(start, start + Math.min(BATCH, left));
      const found = (await Promise.all(batch.map((key) => describeFile(root, key)))).filter((file) => file);
      left -= found.length;
      yield* found as StoredObject[];
    }
    if (left <= 0) return;
  }
}

/** The names below `prefix` that lead to at least one file. */
export async function* listFileNames(root: string, prefix: string): AsyncGenerator<string> {
  for (const child of await readFolder(root, prefix)) {
    if (!child.folder || (await holdsFile(root, child.order))) yield child.key.slice(prefix.length);
  }
}

/** Size and time of a file; undefined when nothing, or no file, is there. */
export async function describeFile(root: string, key: string): Promise<StoredObject | undefined> {
  const found = await statIfPresent(join(root, key));
  return found?.isFile() ? { key, size: found.size, modified: found.mtime } : undefined;
}

/** Runs of adjacent files of one folder, so that their stats can be asked for together. */
async function* filesInOrder(root: string, prefix: string, after: string): AsyncGenerator<string[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let run: string[] = [];
  for (const child of await readFolder(root, folder)) {
    if (!child.order.startsWith(prefix) || !mayFollow(child, after)) continue;
    if (!child.folder) run.push(child.key);
    else {
      if (run.length > 0) yield run;
      run = [];
      yield* filesInOrder(root, child.order, after);
    }
  }
  if (run.length > 0) yield run;
}

function mayFollow(child: Child, after: string): boolean {
  return child.order > after || (child.folder && after.startsWith(child.order));
}

async function holdsFile(root: string, folder: string): Promise<boolean> {
  for await (const _ of filesInOrder(root, folder, '')) return true;
  return false;
}

/** The children of a folder (`a/b/` or empty) in the order of their keys, without what cannot be a key. */
async function readFolder(root: string, folder: string): Promise<Child[]> {
  const entries = await readdirIfPresent(join(root, folder));
  const children = await Promise.all(entries.map((entry) => asChild(root, folder, entry)));
  return children.filter((child) => child !== undefined).sort((a, b) => (a.order < b.order ? -1 : 1));
}

async function asChild(root: string, folder: string, entry: Dirent): Promise<Child | undefined> {
  const key = folder + entry.name;
  if (!isKey(key)) return undefined;
  // People move packs to a larger disk and leave a link: what `get` can read, a listing must show.
  const kind = entry.isSymbolicLink() ? await statIfPresent(join(root, key)) : entry;
  if (kind?.isDirectory()) return { key, folder: true, order: `${key}/` };
  return kind?.isFile() ? { key, folder: false, order: key } : undefined;
}

async function readdirIfPresent(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
