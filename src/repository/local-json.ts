import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod/mini';
import { makeDirectories } from '../flow/make-directories.ts';
import { removeLocal, renameLocal } from './local-files.ts';

/** Reads a local JSON file of ours; undefined when it is missing or not what it should be: then it is made anew. */
export async function readLocalJson<T>(path: string, schema: z.ZodMiniType<T>): Promise<T | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

let written = 0;

/** Replaces a local JSON file atomically and durably. */
export async function writeLocalJson(path: string, value: unknown): Promise<void> {
  await makeDirectories(dirname(path), 0o700);
  // Two writers of one file, even of one process, must not meet in the temporary one.
  const temporary = `${path}.${process.pid}-${written++}.tmp`;
  try {
    await writeDurably(temporary, `${JSON.stringify(value)}\n`);
    await renameLocal(temporary, path);
  } catch (error) {
    // On a full disk it would be in the way, and its name is never used again. What went wrong first is what is told.
    await removeLocal(temporary).catch(() => {});
    throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
