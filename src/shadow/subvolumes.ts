import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { isBelow } from './mounts.ts';

/** The root directory of every btrfs subvolume has this inode number. */
const ROOT_INODE = 256n;

/** Finds the root of the subvolume that holds a path. */
export type FindSubvolume = (path: Uint8Array, mountPoint: Uint8Array) => Promise<Buffer | undefined>;

/**
 * Makes a finder that remembers: every subvolume has a device number of its own, so one look at a path tells which it is
 * once it was met. What is gone by now belongs where its directory belongs.
 * @returns undefined if the root lies above the mount point: only a part of the subvolume is mounted there
 */
export function subvolumeFinder(): FindSubvolume {
  const roots = new Map<bigint, Buffer[]>();
  return async function find(path, mountPoint) {
    const found = await look(path);
    const known = found && roots.get(found.dev)?.find((root) => isBelow(path, root));
    if (known) return known;
    if (found?.isRoot) return remember(found.dev, Buffer.from(path));
    if (path.length <= mountPoint.length) return undefined;
    return await find(parentOf(path), mountPoint);
  };

  function remember(device: bigint, root: Buffer): Buffer {
    roots.set(device, [...(roots.get(device) ?? []), root]);
    return root;
  }
}

async function look(path: Uint8Array): Promise<{ dev: bigint; isRoot: boolean } | undefined> {
  try {
    const stats = await lstat(Buffer.from(path), { bigint: true });
    return { dev: stats.dev, isRoot: stats.isDirectory() && stats.ino === ROOT_INODE };
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return undefined;
  }
}

function parentOf(path: Uint8Array): Buffer {
  return Buffer.from(dirname(Buffer.from(path).toString('latin1')), 'latin1');
}
