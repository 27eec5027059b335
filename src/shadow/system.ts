import { platform } from 'node:os';
import process from 'node:process';
import { btrfsShadows } from './btrfs.ts';
import { lvmShadows } from './lvm.ts';
import { type Mounts, systemMounts } from './mounts.ts';
import { shadowNames } from './names.ts';
import type { ShadowProvider } from './provider.ts';
import { realPaths, windowsRealPaths } from './real-path.ts';
import { runProgram } from './run.ts';
import { Shadows, type ShadowsOptions } from './shadows.ts';
import { textOf } from './text.ts';
import { type VolumeShadowCopies, vssShadows } from './vss.ts';
import { zfsShadows } from './zfs.ts';

export interface SystemShadowsOptions extends Omit<ShadowsOptions, 'paths'> {
  /** On Windows; or why Windows cannot be asked for them. */
  copies?: VolumeShadowCopies | { absent: string } | undefined;
}

/** The shadows that this system can make. */
export function systemShadows({ copies, ...options }: SystemShadowsOptions): Shadows {
  if (platform() === 'linux') return linuxShadows(options);
  if (!copies) return noShadows('snapshots are not supported on this system', options);
  if ('absent' in copies)
    return noShadows(`snapshots need bmcloud's Windows part: ${copies.absent}`, options);
  return new Shadows([vssShadows(copies)], {
    ...options,
    paths: { realPath: windowsRealPaths(), whyNone: async () => 'only local volumes have snapshots' },
  });
}

function noShadows(reason: string, options: Omit<ShadowsOptions, 'paths'>): Shadows {
  return new Shadows([], {
    ...options,
    paths: { realPath: async (path) => path, whyNone: async () => reason },
  });
}

function linuxShadows(options: Omit<ShadowsOptions, 'paths'>): Shadows {
  const mounts = systemMounts();
  return new Shadows(linuxProviders(mounts), {
    ...options,
    paths: { realPath: realPaths(), whyNone: (path) => whyNone(mounts, path) },
  });
}

/** The names of frozen views that killed processes left on this system. @throws `source-unreadable` */
export async function systemLeftovers(): Promise<string[]> {
  if (platform() !== 'linux') return []; // Windows removes them with their process
  const found = await Promise.all(linuxProviders().map((provider) => provider.leftovers()));
  return found.flat().map(({ name }) => name);
}

/** The providers of Linux; LVM last, for it would freeze what is below a btrfs too. */
export function linuxProviders(mounts: Mounts = systemMounts()): ShadowProvider[] {
  const parts = { run: runProgram, mounts, names: shadowNames(), elevated: process.getuid?.() === 0 };
  return [btrfsShadows(parts), zfsShadows(parts), lvmShadows({ ...parts, mountsBelow: '/run' })];
}

async function whyNone(mounts: Mounts, path: Uint8Array): Promise<string> {
  const mount = await mounts.of(path);
  if (!mount) return 'its volume is unknown';
  const what = mount.source.startsWith('/') ? `on ${mount.source}` : `(${mount.source})`;
  return `${mount.type} ${what}, mounted at ${textOf(mount.point)}, has no snapshots`;
}
