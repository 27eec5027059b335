import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { systemCodeOf } from '../errors.ts';
import type { LockOwner } from '../model/owner.ts';
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { type Identity, identify } from './identity.ts';
import { linuxProcess } from './linux-process.ts';
import { byStrength, type FileOwners, holdingPhrase, type OwnedPath, TIME_IS_OVER } from './search.ts';
import type { TimeLimit } from './time-limit.ts';

/*
 * Linux tells the descriptors of every process in /proc. Names and numbers come from the kernel's memory; only a stat of the file
 * behind a descriptor asks its file system, which never answers where that is a network that is gone. So a stat comes last, for
 * what looks like one of ours. Synchronous reads: a promise costs more than most of them.
 */

const OTHERS = 'programs of other users cannot be looked into: run as root to see them';
const GUARDED = 'some programs cannot be looked into, not even by root';

export interface LinuxSearch {
  time: TimeLimit;
  /** The process that asks: it is left out. */
  self: number;
  /** Others may look only into what is their own. */
  isRoot: boolean;
  /** Where proc(5) is mounted. */
  proc?: string;
}

/** Who holds each of `paths`, in one pass over all processes. */
export async function linuxOwners(paths: OwnedPath[], search: LinuxSearch): Promise<FileOwners[]> {
  const wanted = await Promise.all(
    paths.map(async (path): Promise<Wanted> => {
      const name = lastPart(Buffer.from(path).toString('latin1'));
      return { name, ...(await identify(path, search.time)) };
    }),
  );
  const { holders, limits } = await passOverProcesses(wanted, search);
  return wanted.map(({ id, problem }) => {
    const unknown = problem ?? limits;
    const owners = id === undefined ? [] : ownersOf(holders.get(id), search);
    return { owners, ...(unknown !== undefined && { unknown }) };
  });
}

/** A file that is asked about. */
interface Wanted extends Identity {
  /** The last part of its path, a character for each byte. */
  name: string;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** For each id, how each process holds it. */
type Holders = Map<string, Map<number, Set<string>>>;

async function passOverProcesses(wanted: Wanted[], search: LinuxSearch) {
  const { time, self, isRoot, proc = '/proc' } = search;
  const looksWanted = candidates(wanted);
  const holders: Holders = new Map(wanted.flatMap(({ id }) => (id === undefined ? [] : [[id, new Map()]])));
  const listed = holders.size === 0 ? [] : attempt(() => readdirSync(proc));
  if (!listed) return { holders, limits: `${proc} is not there to tell` };
  const pids = listed.filter((name) => /^\d+$/.test(name));
  // A system may hide the processes of others altogether (hidepid).
  let hidden = holders.size > 0 && !pids.includes('1');
  for (const pid of pids) {
    if (Number(pid) === self) continue;
    const descriptors = descriptorsOf(`${proc}/${pid}`, () => {
      hidden = true;
    });
    for (const descriptor of descriptors) {
      await time.breathe();
      if (time.over) return { holders, limits: TIME_IS_OVER };
      if (looksWanted(descriptor)) await note(holders, Number(pid), descriptor, time);
    }
  }
  return { holders, limits: hidden ? (isRoot ? GUARDED : OTHERS) : undefined };
}

interface OpenFile extends Descriptor {
  /** The link in /proc that leads to the file. */
  link: string;
  /** Where it led when it was opened; a character for each byte. */
  target: string;
}

/** The name is looked at, too: a file system in layers may show one number and keep another. */
function candidates(wanted: Wanted[]): (file: OpenFile) => boolean {
  const inodes = new Set(wanted.map(({ inode }) => inode));
  const names = new Set(wanted.map(({ name }) => name));
  return ({ inode, target }) =>
    (inode !== undefined && inodes.has(inode)) || names.has(lastPart(target).replace(/ \(deleted\)$/, ''));
}

/** What a process holds open, and the program that it runs. `onHidden`: it belongs to somebody else. */
function* descriptorsOf(process: string, onHidden: () => void): Generator<OpenFile> {
  const fds = attempt(() => readdirSync(`${process}/fd`), onHidden) ?? [];
  for (const fd of fds) {
    const link = `${process}/fd/${fd}`;
    const target = attempt(() => readlinkSync(link, 'latin1'), onHidden);
    // Sockets, pipes and the like are named without a slash.
    if (!target?.startsWith('/')) continue;
    const text = attempt(() => readFileSync(`${process}/fdinfo/${fd}`, 'latin1'), onHidden);
    if (text !== undefined) yield { link, target, ...parseDescriptor(text) };
  }
  const program = fds.length === 0 ? undefined : attempt(() => readlinkSync(`${process}/exe`, 'latin1'));
  if (program !== undefined) yield { link: `${process}/exe`, target: program, ways: ['running'] };
}

/** Processes end and descriptors are closed while we look: that is no failure. */
function attempt<T>(read: () => T, onHidden: () => void = () => {}): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!gone.has(systemCodeOf(error) ?? '')) onHidden();
    return undefined;
  }
}

const gone = new Set(['ENOENT', 'ESRCH', 'EBADF', 'ENOTDIR']);

async function note(holders: Holders, pid: number, { link, ways }: OpenFile, time: TimeLimit): Promise<void> {
  const { id = '' } = await identify(link, time);
  const processes = holders.get(id);
  if (!processes || ways.length === 0) return;
  const known = processes.get(pid) ?? new Set();
  for (const way of ways) known.add(way);
  processes.set(pid, known);
}

function ownersOf(processes: Map<number, Set<string>> = new Map(), { proc = '/proc' }: LinuxSearch) {
  const owners = Array.from(processes, ([pid, ways]): LockOwner => {
    return { pid, ...linuxProcess(`${proc}/${pid}`), how: holdingPhrase(ways) };
  });
  return byStrength(owners);
}
