import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A btrfs file system of our own, in a file. */
export interface BtrfsImage {
  /** Where its top is mounted. */
  top: string;
  /** Where only its subvolume `home` is mounted. */
  home: string;
  btrfs(...args: string[]): string;
  remove(): void;
}

/** Makes one with a subvolume `home` that holds another, `home/nested`. @returns why it cannot be made here, if so */
export function btrfsImage(): BtrfsImage | string {
  if (process.getuid?.() !== 0) return 'not root: nothing can be mounted';
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'shadow-btrfs-')));
  const [image, top, home] = ['image', 'top', 'home'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const mounted: string[] = [];
  const remove = (): void => {
    // By the exact mount points; the loop devices were made to go with them.
    for (const point of mounted.reverse()) execFileSync('umount', [point]);
    rmSync(directory, { recursive: true });
  };
  try {
    writeFileSync(image, '');
    truncateSync(image, 256 * 1024 * 1024);
    command('mkfs.btrfs', '-q', image);
    mount(mounted, top, '-o', 'loop', image);
    command('btrfs', 'subvolume', 'create', `${top}/home`);
    command('btrfs', 'subvolume', 'create', `${top}/home/nested`);
    mount(mounted, home, '-o', 'subvol=home', loopOf(top));
  } catch (error) {
    remove();
    return String(error);
  }
  return { top, home, btrfs: (...args) => command('btrfs', ...args), remove };
}

function mount(mounted: string[], point: string, ...args: string[]): void {
  mkdirSync(point);
  command('mount', ...args, point);
  mounted.push(point);
}

function loopOf(point: string): string {
  return command('findmnt', '--noheadings', '--output', 'SOURCE', point).trim();
}

function command(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
