import { readFile } from 'node:fs/promises';

/*
 * Which file system holds a path, by /proc/self/mountinfo (proc_pid_mountinfo(5)).
 */

/** A mounted file system, or a directory of one. */
export interface Mount {
  id: number;
  parent: number;
  /** `major:minor`. */
  device: string;
  /** Which directory of the file system is mounted. */
  root: Buffer;
  /** Where. */
  point: Buffer;
  /** As `ext4`. */
  type: string;
  /** As `/dev/sda1`, or a dataset. */
  source: string;
}

const SLASH = 0x2f;

/** Parses mountinfo. Lines of an unknown form are left out. */
export function parseMounts(text: Buffer): Mount[] {
  return text.toString('latin1').split('\n').flatMap(parseMount);
}

function parseMount(line: string): Mount[] {
  const [left = '', right] = line.split(' - ');
  const [id, parent, device, root, point] = left.split(' ');
  const [type, source] = right?.split(' ') ?? [];
  if (!device || !root || !point || type === undefined || source === undefined) return [];
  return [
    {
      id: Number(id),
      parent: Number(parent),
      device,
      root: withoutEscapes(root),
      point: withoutEscapes(point),
      type,
      source: withoutEscapes(source).toString(),
    },
  ];
}

/** Blanks, tabs, line ends, backslashes and `#` are written as `\040` and the like. */
function withoutEscapes(field: string): Buffer {
  const bytes = field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1');
}

/**
 * The mount that holds an absolute path without links. Walks as the kernel does, from mount to mount: the longest mount point may
 * lie under another mount that hides it.
 */
export function mountOf(mounts: readonly Mount[], path: Uint8Array): Mount | undefined {
  const ids = new Set(mounts.map(({ id }) => id));
  const isTop = ({ id, parent }: Mount): boolean => parent === id || !ids.has(parent);
  let found = nearest(mounts.filter(isTop), path);
  for (let next = found; next; next = nearest(below(mounts, next), path)) found = next;
  return found;
}

function below(mounts: readonly Mount[], { id }: Mount): Mount[] {
  return mounts.filter((mount) => mount.parent === id && mount.id !== id);
}

/** The first of these mounts that a walk down the path meets. */
function nearest(mounts: readonly Mount[], path: Uint8Array): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (!isBelow(path, mount.point)) continue;
    if (!found || mount.point.length < found.point.length) found = mount;
  }
  return found;
}

/** True if `path` is `directory` or lies below it. */
export function isBelow(path: Uint8Array, directory: Uint8Array): boolean {
  const end = lengthWithoutSlash(directory);
  if (path.length < end) return false;
  for (let i = end - 1; i >= 0; i--) if (path[i] !== directory[i]) return false;
  return path.length === end || path[end] === SLASH;
}

/** What of `path` comes after `directory`, from the slash on; empty for the directory itself. */
export function tailOf(path: Uint8Array, directory: Uint8Array): Uint8Array {
  const tail = path.subarray(lengthWithoutSlash(directory));
  return tail.length === 1 ? tail.subarray(1) : tail;
}

function lengthWithoutSlash(directory: Uint8Array): number {
  return directory.at(-1) === SLASH ? directory.length - 1 : directory.length;
}

/** The mounts of this process. */
export interface Mounts {
  all(): Promise<readonly Mount[]>;
  of(path: Uint8Array): Promise<Mount | undefined>;
}

/** For how long a read table counts, in milliseconds: it is asked for every file. */
const FRESH = 1000;

/** @param now monotonic milliseconds */
export function systemMounts(
  read: () => Promise<Buffer> = () => readFile('/proc/self/mountinfo'),
  now: () => number = () => performance.now(),
): Mounts {
  let known: { mounts: Promise<readonly Mount[]>; since: number } | undefined;
  const all = (): Promise<readonly Mount[]> => {
    if (!known || now() - known.since >= FRESH) known = { mounts: read().then(parseMounts), since: now() };
    return known.mounts;
  };
  return { all, of: async (path) => mountOf(await all(), path) };
}
