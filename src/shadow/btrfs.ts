import { existsSync } from 'node:fs';
import { isBelow, type Mount, tailOf } from './mounts.ts';
import type { LinuxParts } from './parts.ts';
import type { Leftover, ShadowProvider, Volume } from './provider.ts';
import { refusal } from './refuse.ts';
import { outputOf, type RunProgram } from './run.ts';
import { type Step, shadowBySteps } from './steps.ts';
import { type FindSubvolume, subvolumeFinder } from './subvolumes.ts';
import { textOf } from './text.ts';

/**
 * Read-only snapshots of btrfs subvolumes. One holds no nested subvolume: a path below one belongs to that. The snapshot lies in
 * the subvolume itself, as a hidden directory of our name: every other place of the file system may be out of sight.
 */
export function btrfsShadows(parts: LinuxParts, find: FindSubvolume = subvolumeFinder()): ShadowProvider {
  return {
    name: 'btrfs',
    supports: (path) => subvolumeOf(parts, find, path),
    open(volumes, { signal, timeoutMs }) {
      const name = `.${parts.names.make()}`;
      const frozen = volumes.map((volume) => ({ volume, directory: below(volume.id, name) }));
      const steps = frozen.map(({ volume, directory }) =>
        snapshot(parts.run, volume.id, directory, timeoutMs),
      );
      return shadowBySteps(frozen, steps, signal);
    },
    leftovers: () => leftovers(parts),
  };
}

async function subvolumeOf(
  { mounts, elevated }: LinuxParts,
  find: FindSubvolume,
  path: Uint8Array,
): Promise<Volume | undefined> {
  const mount = await mounts.of(path);
  if (mount?.type !== 'btrfs') return undefined;
  // The owner of a subvolume may make a read-only snapshot, but not remove it, not even with user_subvol_rm_allowed.
  if (!elevated) throw refusal('not elevated: only root can remove btrfs snapshots again');
  const root = await find(path, mount.point);
  if (!root) throw refusal(`only a part of a btrfs subvolume is mounted at ${textOf(mount.point)}`);
  return { id: textOf(root), root: textOf(root), inside: '/' };
}

function below(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

function snapshot(run: RunProgram, subvolume: string, target: string, timeoutMs: number): Step {
  return {
    async make() {
      const argv = ['btrfs', 'subvolume', 'snapshot', '-r', subvolume, target];
      await outputOf(run, argv, `${subvolume} cannot be frozen`, { timeoutMs });
    },
    remove: () => deleteSnapshot(run, target),
  };
}

async function deleteSnapshot(run: RunProgram, snapshot: string): Promise<void> {
  if (!existsSync(snapshot)) return;
  await outputOf(run, ['btrfs', 'subvolume', 'delete', snapshot], `${snapshot} cannot be removed`);
}

async function leftovers({ run, mounts, names, elevated }: LinuxParts): Promise<Leftover[]> {
  if (!elevated) return [];
  const found = new Map<string, Leftover>();
  const all = (await mounts.all()).filter(({ type }) => type === 'btrfs');
  for (const mount of onePerView(all)) {
    for (const path of await snapshotsOf(run, mount)) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const made = names.leftSince(name);
      const place = made && placesOf(path, mount, all).find((candidate) => existsSync(candidate));
      if (place) found.set(name, { name: place, made, remove: () => deleteSnapshot(run, place) });
    }
  }
  return [...found.values()];
}

/** Bind mounts and containers show the same again and again. */
function onePerView(mounts: readonly Mount[]): Mount[] {
  return [...new Map(mounts.map((mount) => [`${mount.device} ${textOf(mount.root)}`, mount])).values()];
}

async function snapshotsOf(run: RunProgram, { point }: Mount): Promise<string[]> {
  const ended = await run(['btrfs', 'subvolume', 'list', '-s', textOf(point)]);
  // Nothing can have been left by a program that is not there.
  if (ended === 'missing') return [];
  if (ended.status !== 0) throw refusal(`btrfs snapshots of ${textOf(point)} cannot be listed`);
  return Array.from(ended.stdout.matchAll(/ path (.+)$/gm), ([, path]) => path as string);
}

/** The list tells what lies below the mount from there, all else from the top of the file system, and not which is which. */
function placesOf(path: string, mount: Mount, mounts: readonly Mount[]): string[] {
  const fromTop = Buffer.from(`/${path}`);
  const views = mounts.filter(({ device, root }) => device === mount.device && isBelow(fromTop, root));
  return [
    below(textOf(mount.point), path),
    ...views.map(({ point, root }) =>
      below(textOf(point), Buffer.from(tailOf(fromTop, root)).toString().slice(1)),
    ),
  ];
}
