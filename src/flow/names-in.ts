import { readdir } from 'node:fs/promises';
import { isAbsence } from '../errors.ts';

/** Names in a directory; none where it is not there. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
