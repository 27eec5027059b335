import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../errors.ts';
import { loadLinuxAddon } from '../native/linux.ts';

/*
 * Locks that the kernel frees however their process ends: never a lock file that outlives a crash. Linux: abstract sockets, which
 * have no file at all. macOS: flock. Windows: share modes.
 */

/** macOS: open(2) takes a flock with it, for one or for many. */
const O_EXLOCK = 0x20;
const O_SHLOCK = 0x10;
/** libuv on Windows: open with share mode 0 (UV_FS_O_EXLOCK). */
const EXCLUSIVE_SHARE = 0x1000_0000;
/** As many can share a lock on Linux. */
const SHARES = 16;

export interface KernelLock {
  release(): Promise<void>;
}

/** Takes a lock for one alone. @returns undefined when somebody has it; those who share it, `isShared` tells */
export async function tryLock(path: string): Promise<KernelLock | undefined> {
  if (process.platform === 'linux') return await bindAbstract(path);
  const alone = process.platform === 'win32' ? EXCLUSIVE_SHARE : O_EXLOCK | constants.O_NONBLOCK;
  return openLocked(path, constants.O_RDWR | constants.O_CREAT | alone);
}

/**
 * Takes a lock for one alone that has a file on Linux, too, as far as the addon can be had: names of sockets are of one network
 * namespace, and so keep no two containers apart that have a directory in common.
 * @returns undefined when somebody has it
 */
export async function tryFileLock(path: string): Promise<KernelLock | undefined> {
  const held = await tryLock(path);
  const addon = held && loadLinuxAddon();
  if (!addon) return held;
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const release = async () => {
    closeSync(descriptor);
    await held.release();
  };
  if (addon.lockFile(descriptor)) return { release };
  await release();
  return undefined;
}

/**
 * Takes a lock with others who share it. Where no file can be made for it, it is as if it were taken: on a medium that cannot be
 * written to nobody takes it alone.
 * @returns undefined when somebody has it alone, or too many share it
 */
export async function tryShare(path: string): Promise<KernelLock | undefined> {
  if (process.platform === 'linux') return await bindShare(path);
  const shared = process.platform === 'win32' ? 0 : O_SHLOCK | constants.O_NONBLOCK;
  try {
    return openLocked(path, constants.O_RDONLY | constants.O_CREAT | shared);
  } catch (error) {
    if (!UNWRITABLE.includes(systemCodeOf(error) ?? '')) throw error;
    return openThere(path, constants.O_RDONLY | shared);
  }
}

const UNWRITABLE = ['ENOENT', 'EROFS', 'EACCES', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'];

/** Whether somebody has a lock alone. */
export async function isLocked(path: string): Promise<boolean> {
  if (process.platform === 'linux') return await answers(path);
  const held = await tryLock(path);
  await held?.release();
  return held === undefined;
}

/** Whether others share a lock that we have alone: where the kernel keeps them apart, nobody does. */
export async function isShared(path: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  for (let share = 0; share < SHARES; share++) if (await answers(shareOf(path, share))) return true;
  return false;
}

/** Whoever comes first shows himself first, and then looks: of two who come at once at least one sees the other. */
async function bindShare(path: string): Promise<KernelLock | undefined> {
  let held: KernelLock | undefined;
  for (let share = 0; !held && share < SHARES; share++) held = await bindAbstract(shareOf(path, share));
  if (!held || !(await answers(path))) return held;
  await held.release();
  return undefined;
}

function shareOf(path: string, share: number): string {
  return `${path}\0${share}`;
}

/** An abstract socket has no file: the name is free the moment its process is gone. */
async function bindAbstract(path: string): Promise<KernelLock | undefined> {
  const server = createServer((asking) => asking.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(nameOf(path), resolve);
    });
  } catch (error) {
    if (systemCodeOf(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  server.unref();
  return { release: () => closed(server) };
}

/** Asks without taking it, so that nobody who wants it is kept from it meanwhile. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(nameOf(path));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
    return true;
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'ECONNREFUSED') return false;
    // It has no time to answer, or goes away at this moment, but was there.
    if (code === 'EAGAIN' || code === 'ECONNRESET') return true;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Of bounded length: an abstract socket's name has at most 107 bytes. The same whatever way leads to the directory. */
function nameOf(path: string): string {
  const real = join(realDirectory(path), basename(path));
  return `\0bmcloud-${createHash('sha256').update(real).digest('hex').slice(0, 32)}`;
}

function realDirectory(path: string): string {
  try {
    return realpathSync(dirname(path));
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return dirname(path);
  }
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function openLocked(path: string, flags: number): KernelLock | undefined {
  try {
    const descriptor = openSync(path, flags, 0o600);
    return { release: async () => closeSync(descriptor) };
  } catch (error) {
    if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes(systemCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** A lock that cannot be had at all keeps nobody out. */
function openThere(path: string, flags: number): KernelLock | undefined {
  try {
    return openLocked(path, flags);
  } catch (error) {
    if (!UNWRITABLE.includes(systemCodeOf(error) ?? '')) throw error;
    return { release: async () => {} };
  }
}
