import { mkdir } from 'node:fs/promises';
import { type Machine, must } from './system.ts';

const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';

/**
 * Makes a directory that only SYSTEM and administrators can read and write: what stands in it is carried out with the rights of
 * SYSTEM. Where there was one already, made by whoever, it becomes theirs with all that is in it. @throws `scheduler`
 */
export async function protectDirectory({ run }: Pick<Machine, 'run'>, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await must(run, 'icacls', [directory, '/setowner', ADMINISTRATORS, '/T', '/L', '/Q']);
  await must(run, 'icacls', [directory, '/reset', '/T', '/L', '/Q']);
  const grants = [`${SYSTEM}:(OI)(CI)F`, `${ADMINISTRATORS}:(OI)(CI)F`];
  await must(run, 'icacls', [directory, '/inheritance:r', '/grant:r', ...grants, '/Q']);
}
