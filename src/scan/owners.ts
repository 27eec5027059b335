import { readFileSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import { isSystemError } from './problems.ts';

/** Names of users and groups by their numbers. */
export interface Owners {
  users: Map<number, string>;
  groups: Map<number, string>;
}

/** The names this system knows, read once: a look-up per file would cost more than its stat. */
export function readOwners(): Owners {
  if (platform() === 'win32') return { users: new Map(), groups: new Map() };
  const owners = { users: parseNames(readText('/etc/passwd')), groups: parseNames(readText('/etc/group')) };
  addOwnUser(owners.users);
  return owners;
}

/** The names in a file of the form of passwd(5) and group(5). The first of several with one number counts. */
export function parseNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , number] = line.split(':');
    if (!name || !number || !/^\d+$/.test(number)) continue;
    if (!names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

/** A user of a directory service is not in the file, but the system can name the one who runs this. */
function addOwnUser(users: Map<number, string>): void {
  try {
    const { uid, username } = userInfo();
    if (!users.has(uid)) users.set(uid, username);
  } catch (error) {
    // A number without a name, as in a container: the number is what counts.
    if (!isSystemError(error)) throw error;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // Names are an extra beside the numbers; a system without the file has none to give.
    if (!isSystemError(error)) throw error;
    return '';
  }
}
