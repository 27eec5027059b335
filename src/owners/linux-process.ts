import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { LockOwner } from '../model/owner.ts';

/** Characters that Linux keeps of a process' name. */
const NAME_LENGTH = 15;

/** The program and the user of a process. @param process its directory in proc(5) */
export function linuxProcess(process: string): Pick<LockOwner, 'program' | 'user'> {
  const status = textOf(() => readFileSync(`${process}/status`, 'utf8'));
  const name = /^Name:\t(.+)$/m.exec(status)?.[1] ?? 'unknown';
  const executable = basename(textOf(() => readlinkSync(`${process}/exe`))).replace(/ \(deleted\)$/, '');
  const effective = /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1];
  const user = effective === undefined ? undefined : userName(effective);
  return { program: programName(name, executable), ...(user !== undefined && { user }) };
}

/**
 * A process' name is cut off, a program may write more behind it, and Node calls every process after its thread; a script,
 * though, runs under its own name.
 * @param name of the process
 * @param executable name of the file that it runs
 */
export function programName(name: string, executable: string): string {
  if (executable === '') return name;
  return name === 'MainThread' || name.startsWith(executable.slice(0, NAME_LENGTH)) ? executable : name;
}

/** By passwd(5): who is not in it, has the name that `names.ts` finds. */
function userName(number: string): string | undefined {
  const users = textOf(() => readFileSync('/etc/passwd', 'utf8')).split('\n');
  return users.map((line) => line.split(':')).find(([, , uid]) => uid === number)?.[0];
}

/** Names are an extra beside the number of the process, which may have ended by now. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
