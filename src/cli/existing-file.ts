import { stat } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, isAbsence, messageOf, systemCodeOf } from '../errors.ts';

/** The absolute path of a file that the user named. @throws `not-found` when it is not there, `source-unreadable` */
export async function existingFile(name: string, cwd: string): Promise<string> {
  const absolute = path.resolve(cwd, name);
  try {
    await stat(absolute);
    return absolute;
  } catch (error) {
    const missing = isAbsence(error);
    // Windows refuses to tell of some files just because they are held: who holds them is the question.
    if (systemCodeOf(error) === 'EBUSY') return absolute;
    throw new BmcloudError(
      missing ? 'not-found' : 'source-unreadable',
      missing ? `There is no file ${name}` : `Cannot look at ${name}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
