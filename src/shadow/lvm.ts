import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf } from '../errors.ts';
import {
  allLogicalVolumes,
  createSnapshot,
  type LogicalVolume,
  logicalVolume,
  removeSnapshot,
} from './logical-volumes.ts';
import type { Mount } from './mounts.ts';
import { isShadowName } from './names.ts';
import type { LinuxParts } from './parts.ts';
import type { Leftover, ShadowProvider, Volume } from './provider.ts';
import { refusal } from './refuse.ts';
import { outputOf, type RunProgram } from './run.ts';
import { type Step, shadowBySteps } from './steps.ts';
import { textOf } from './text.ts';

/** How to mount a frozen file system beside its live self. Freezing empties the journal, and nothing may be written to replay it. */
const MOUNT_OPTIONS: Record<string, string> = {
  ext2: 'ro',
  ext3: 'ro,norecovery',
  ext4: 'ro,norecovery',
  xfs: 'ro,nouuid,norecovery',
};

export interface LvmParts extends LinuxParts {
  /** Where to make the mount points: private to root, gone with a restart. */
  mountsBelow: string;
}

/** Snapshots of LVM's logical volumes, each mounted read-only for as long as it is read. */
export function lvmShadows(parts: LvmParts): ShadowProvider {
  const known = new Map<string, Promise<LogicalVolume | undefined>>();
  return {
    name: 'lvm',
    async supports(path) {
      const mount = await parts.mounts.of(path);
      if (!mount?.source.startsWith('/dev/') || !(mount.type in MOUNT_OPTIONS)) return undefined;
      if (!parts.elevated) return refuseUnprivileged(mount);
      const found = known.get(mount.source) ?? logicalVolume(parts.run, mount.source);
      known.set(mount.source, found);
      return (await found) && { id: mount.source, root: textOf(mount.point), inside: textOf(mount.root) };
    },
    async open(volumes, { signal, timeoutMs }) {
      const plans = await Promise.all(devicesOf(volumes).map((device) => planFor(parts, device)));
      const frozen = volumes.map((volume) => ({
        volume,
        directory: plans.find(({ device }) => device === volume.id)?.directory ?? '',
      }));
      const steps = plans.flatMap((each) => stepsOf(parts.run, each, timeoutMs));
      return await shadowBySteps(frozen, steps, signal);
    },
    leftovers: () => leftovers(parts),
  };
}

/** Only root may ask what lies behind a mapped device. */
function refuseUnprivileged({ source }: Mount): undefined {
  if (source.startsWith('/dev/mapper/')) throw refusal('not elevated: only root can make LVM snapshots');
  return undefined;
}

function devicesOf(volumes: readonly Volume[]): string[] {
  return [...new Set(volumes.map(({ id }) => id))];
}

/** What is to be made for one device. */
interface Plan {
  device: string;
  volume: LogicalVolume;
  /** Of its file system. */
  type: string;
  /** Of the snapshot. */
  name: string;
  /** Where to mount it. */
  directory: string;
}

async function planFor({ run, mounts, names, mountsBelow }: LvmParts, device: string): Promise<Plan> {
  const mount = (await mounts.all()).find(({ source }) => source === device);
  const volume = await logicalVolume(run, device);
  if (!mount || !volume) throw refusal(`${device} is not mounted any more`);
  const name = names.make();
  return { device, volume, type: mount.type, name, directory: `${mountsBelow}/${name}` };
}

function stepsOf(run: RunProgram, { volume, type, name, directory }: Plan, timeoutMs: number): Step[] {
  const device = `/dev/${volume.group}/${name}`;
  return [
    {
      make: () => mkdir(directory, { mode: 0o700 }),
      remove: () => removeMountPoint(directory),
    },
    {
      make: () => createSnapshot(run, volume, name, timeoutMs),
      remove: () => removeOurs(run, volume.group, name),
    },
    {
      async make() {
        const options = `${MOUNT_OPTIONS[type]},nosuid,nodev,noexec`;
        const argv = ['mount', '-t', type, '-o', options, device, directory];
        await outputOf(run, argv, `the snapshot of ${volume.name} cannot be mounted`, { timeoutMs });
      },
      remove: () => unmount(run, directory),
    },
  ];
}

async function removeMountPoint(directory: string): Promise<void> {
  if (existsSync(directory)) await rmdir(directory);
}

async function removeOurs(run: RunProgram, group: string, name: string): Promise<void> {
  // The same command removes any volume: nothing but a snapshot of ours may ever get here.
  if (!isShadowName(name)) throw refusal(`${group}/${name} is no snapshot of ours`);
  await removeSnapshot(run, group, name);
}

async function unmount(run: RunProgram, directory: string): Promise<void> {
  try {
    await outputOf(run, ['umount', directory], `${directory} cannot be unmounted`);
  } catch (error) {
    if (!/not mounted|no mount point/.test(messageOf(error))) throw error;
  }
}

async function leftovers(parts: LvmParts): Promise<Leftover[]> {
  if (!parts.elevated) return [];
  const all = await allLogicalVolumes(parts.run);
  return all.flatMap(({ group, name }) => {
    const made = parts.names.leftSince(name);
    return made ? [{ name: `${group}/${name}`, made, remove: () => removeLeftover(parts, group, name) }] : [];
  });
}

async function removeLeftover({ run, mounts }: LvmParts, group: string, name: string): Promise<void> {
  const points = (await mounts.all()).map(({ point }) => textOf(point));
  for (const point of points.filter((each) => basename(each) === name)) {
    await unmount(run, point);
    await removeMountPoint(point);
  }
  await removeOurs(run, group, name);
}
