import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { renameLocal } from './local-files.ts';

/** Reads a local JSON file of ours; undefined when it is missing or not what it should be: then it is made anew. */
export async function readLocalJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
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
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Two writers of one file, even of one process, must not meet in the temporary one.
  const temporary = `${path}.${process.pid}-${written++}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await renameLocal(temporary, path);
}
