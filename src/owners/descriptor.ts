/*
 * What Linux tells of a descriptor in /proc/PID/fdinfo/FD (proc_pid_fdinfo(5)). Pure.
 */

/** A descriptor of a process. */
export interface Descriptor {
  /** The inode's number; kernels before 5.14 do not tell. */
  inode?: string;
  /** How it holds its file, in words; none for one that only names it (O_PATH). */
  ways: string[];
}

const ACCESS_MODE = 0o3;
const READ_ONLY = 0;
const PATH_ONLY = 0o10000000;

const lockKinds: Record<string, string> = {
  FLOCK: 'flock',
  POSIX: 'fcntl',
  OFDLCK: 'fcntl, of the open file',
  LEASE: 'lease',
  DELEG: 'delegation',
};

/** Reads the text of an fdinfo file. */
export function parseDescriptor(text: string): Descriptor {
  const inode = /^ino:\s*(\d+)$/m.exec(text)?.[1];
  return { ...(inode !== undefined && { inode }), ways: [...locksIn(text), ...accessIn(text)] };
}

function locksIn(text: string): string[] {
  const locks = text.matchAll(/^lock:\s*\d+:\s+(\w+)\s+\S+\s+(READ|WRITE)\b/gm);
  return Array.from(
    locks,
    ([, kind = '', mode = '']) => `${mode.toLowerCase()} lock (${lockKinds[kind] ?? kind})`,
  );
}

function accessIn(text: string): string[] {
  const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? '0', 8);
  if (flags & PATH_ONLY) return [];
  return [(flags & ACCESS_MODE) === READ_ONLY ? 'open for reading' : 'open for writing'];
}
