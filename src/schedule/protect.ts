import { BmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { type Machine, must } from './system.ts';

const SYSTEM = '*S-1-5-18';
const ADMINISTRATORS = '*S-1-5-32-544';

/*
 * What stands in a record is carried out with the rights of whoever runs it, and on Windows that may be more than others have: so
 * others must not write it. The directories of a profile are like that by themselves.
 */

/** What Windows tells of directories, and how one is made that others never could write to. */
export interface DirectoryGuard {
  fileAttributes(path: string): { attributes: number };
  /** SDDL; undefined where the file system keeps none. */
  securityDescriptor(path: string): string | undefined;
  /** @throws with the code `EEXIST` where something is already */
  makeDirectory(path: string, sddl: string): void;
}

/** Owned by administrators, and inherited by all that comes into it. */
const ONLY_SYSTEM = 'O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';

/**
 * Makes a directory that only SYSTEM and administrators can read and write, from its first moment. Everybody may make directories in
 * `C:\ProgramData`, so one that is there already must be like that: what somebody else put there is never made theirs.
 * @throws `scheduler`
 */
export function protectForSystem(guard: DirectoryGuard | undefined, directory: string): void {
  if (!guard) throw nothingTells(directory);
  try {
    guard.makeDirectory(directory, ONLY_SYSTEM);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw cannotMake(directory, error);
    refuseUnprotected(guard, directory);
  }
}

/** Refuses a directory whose files others than SYSTEM and administrators may have written. @throws `scheduler` */
export function refuseUnprotected(guard: DirectoryGuard, directory: string): void {
  const why = whyUnprotected(guard, directory);
  if (why === undefined) return;
  throw new BmcloudError('scheduler', `${directory} is not safe for SYSTEM to read: ${why}`, {
    hint: 'Look at what is in it, remove or move it as an administrator, and add the schedule again, which makes it anew',
  });
}

function nothingTells(directory: string): BmcloudError {
  return new BmcloudError('scheduler', `${directory} cannot be protected without bmcloud's Windows part`, {
    hint: 'Install bmcloud anew for 64-bit Windows, or add the schedule without --system',
  });
}

function cannotMake(directory: string, cause: unknown): BmcloudError {
  return new BmcloudError('scheduler', `Cannot make ${directory}: ${messageOf(cause)}`, { cause });
}

const DIRECTORY = 0x10;
const REPARSE_POINT = 0x400;

/** @returns undefined if it is as `protectForSystem` makes one */
function whyUnprotected(guard: DirectoryGuard, directory: string): string | undefined {
  const { attributes } = guard.fileAttributes(directory);
  if ((attributes & REPARSE_POINT) !== 0) return 'it is a link';
  if ((attributes & DIRECTORY) === 0) return 'it is no directory';
  const sddl = guard.securityDescriptor(directory);
  return sddl === undefined ? 'its file system keeps no access lists' : whyOpenToOthers(sddl);
}

const SID = 'S-[0-9-]+|[A-Z]{2}';
const DESCRIPTOR = new RegExp(
  `^O:(?<owner>${SID})(?:G:(?:${SID}))?D:(?<flags>[A-Z]*)(?<aces>(?:\\([^()]*\\))+)(?:S:.*)?$`,
);

function whyOpenToOthers(sddl: string): string | undefined {
  const { owner, flags, aces } = DESCRIPTOR.exec(sddl)?.groups ?? {};
  if (owner === undefined || flags === undefined || aces === undefined)
    return `its access list cannot be judged (${sddl})`;
  if (!isAdministrator(owner)) return `it belongs to ${owner}, not to administrators`;
  if (!flags.startsWith('P')) return 'it inherits who may write to it';
  const other = Array.from(aces.matchAll(/\(([^;]*);[^)]*;([^;)]*)\)/g)).find(
    ([, kind, account = '']) => kind !== 'D' && !isAdministrator(account),
  );
  return other && `${other[2]} is in its access list`;
}

function isAdministrator(account: string): boolean {
  return ['SY', 'BA', 'S-1-5-18', 'S-1-5-32-544'].includes(account);
}

/** Leaves a directory to SYSTEM, administrators and the user. @throws `scheduler` */
export async function protectForUser(
  { run, user }: Pick<Machine, 'run' | 'user'>,
  directory: string,
): Promise<void> {
  await makeDirectories(directory);
  const rights = [SYSTEM, ADMINISTRATORS, user].map((account) => `${account}:(OI)(CI)F`);
  await must(run, 'icacls', [directory, '/inheritance:r', '/grant:r', ...rights, '/Q']);
}
