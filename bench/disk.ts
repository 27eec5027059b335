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
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoLater } from './cleanup.ts';

/** A file system of our own: ext4 remembers what was deleted in it, and one that is used is twice as slow. */
export interface Disk {
  path: string;
  remove(): void;
}

/** A disk that is filled once: every measured run gets a copy, with the same files in the same places. */
export interface Template {
  copy(): Disk;
  remove(): void;
}

/** What has to fit on it. */
export interface DiskSize {
  bytes: number;
  files: number;
}

/** A freshly made ext4 in a file where root allows, else a directory, in `TMPDIR`. */
export function makeTemplate(size: DiskSize, fill: (path: string) => void): Template {
  const directory = mkdtempSync(join(tmpdir(), 'bmcloud-bench-'));
  const remove = undoLater(() => rmSync(directory, { recursive: true, force: true }));
  const image = join(directory, 'image');
  const plain = join(directory, 'files');
  const isImage = process.getuid?.() === 0 && makeImage(image, size) && canMount(image, directory);
  if (!isImage) mkdirSync(plain);
  const first = isImage ? mounted(image, directory) : { path: plain, remove: () => {} };
  try {
    fill(first.path);
  } finally {
    first.remove();
  }
  let copies = 0;
  const copy = () => {
    const place = join(directory, `copy${copies++}`);
    execFileSync('cp', ['-a', '--sparse=always', '--reflink=auto', isImage ? image : plain, place]);
    return isImage ? mounted(place, directory, true) : directoryDisk(place);
  };
  return { copy, remove };
}

function makeImage(image: string, { bytes, files }: DiskSize): boolean {
  const descriptor = openSync(image, 'w');
  ftruncateSync(descriptor, bytes);
  closeSync(descriptor);
  const options = ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-N', String(files)];
  try {
    execFileSync('mkfs.ext4', [...options, image], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // no mkfs here: a directory serves
  }
}

function canMount(image: string, directory: string): boolean {
  try {
    mounted(image, directory).remove();
    return true;
  } catch {
    return false; // no loop devices here: a directory serves
  }
}

let mounts = 0;

function mounted(image: string, directory: string, removesImage = false): Disk {
  const path = join(directory, `disk${mounts++}`);
  mkdirSync(path);
  execFileSync('mount', ['-o', 'loop', image, path], { stdio: 'pipe' });
  const remove = undoLater(() => {
    try {
      execFileSync('umount', [path], { stdio: 'pipe' });
    } catch {
      execFileSync('umount', ['-l', path]); // a program that was stopped is still letting go
    }
    rmSync(path, { recursive: true, force: true });
    if (removesImage) rmSync(image, { force: true });
  });
  return { path, remove };
}

function directoryDisk(path: string): Disk {
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The data is in memory after this, for everybody: no run pays for a cold disk. */
export function warm(source: string): void {
  execFileSync('bash', ['-c', `tar -C '${source}' -c . | cat > /dev/null`]);
}

/**
 * Nothing is in the system's cache after this, programs included, as after a start of the machine. @throws where that is not allowed
 */
export function chill(): void {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  } catch {
    throw new Error('only root on Linux can empty the cache');
  }
}

/** Nobody pays for what the one before has left to be written. */
export function settle(disk: string): void {
  execFileSync('sync', ['-f', disk]);
}

/** Bytes of all files below a directory. */
export function bytesBelow(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
