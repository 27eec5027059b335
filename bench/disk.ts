import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of our own: ext4 remembers what was deleted in it, and one that is used is twice as slow. */
export interface Disk {
  path: string;
  remove(): void;
}

/** A freshly made ext4 in a file where root allows, else a directory. */
export function freshDisk(gibibytes: number): Disk {
  const directory = mkdtempSync(join(tmpdir(), 'bmcloud-bench-'));
  const path = join(directory, 'disk');
  mkdirSync(path);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  if (process.getuid?.() !== 0) return { path, remove };
  const image = join(directory, 'image');
  const descriptor = openSync(image, 'w');
  ftruncateSync(descriptor, gibibytes * 1024 ** 3);
  closeSync(descriptor);
  try {
    execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-N', '2500000', image]);
    execFileSync('mount', ['-o', 'loop', image, path]);
  } catch {
    return { path, remove }; // no loop devices here: the directory serves
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', [path]);
      remove();
    },
  };
}

/** Bytes of all files below a directory. */
export function bytesBelow(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
