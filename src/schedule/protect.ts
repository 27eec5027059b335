import { mkdir } from 'node:fs/promises';
import { type Machine, must } from './system.ts';

const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';

/*
 * What stands in a record is carried out with the rights of whoever runs it, and on Windows that may be more than others have: so
 * others must not write it. The directories of a profile are like that by themselves.
 */

/**
 * Makes a directory that only SYSTEM and administrators can read and write. Where there was one already, made by whoever, it becomes
 * theirs with all that is in it. @throws `scheduler`
 */
export async function protectForSystem({ run }: Pick<Machine, 'run'>, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await must(run, 'icacls', [directory, '/setowner', ADMINISTRATORS, '/T', '/L', '/Q']);
  await must(run, 'icacls', [directory, '/reset', '/T', '/L', '/Q']);
  await must(run, 'icacls', [directory, '/inheritance:r', '/grant:r', ...fullRights([]), '/Q']);
}

/** The same for the user beside them. @throws `scheduler` */
export async function protectForUser(
  { run, user }: Pick<Machine, 'run' | 'user'>,
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await must(run, 'icacls', [directory, '/inheritance:r', '/grant:r', ...fullRights([user]), '/Q']);
}

function fullRights(others: string[]): string[] {
  return [SYSTEM, ADMINISTRATORS, ...others].map((account) => `${account}:(OI)(CI)F`);
}
