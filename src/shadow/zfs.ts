import type { Mount } from './mounts.ts';
import { isShadowName } from './names.ts';
import type { LinuxParts } from './parts.ts';
import type { Leftover, ShadowProvider, Volume } from './provider.ts';
import { refusal } from './refuse.ts';
import { outputOf, type RunProgram } from './run.ts';
import { type Step, shadowBySteps } from './steps.ts';
import { textOf } from './text.ts';

/**
 * Snapshots of ZFS datasets, seen in `.zfs/snapshot` of each, which is there even where it is hidden. All datasets of a pool are
 * frozen at one moment.
 */
export function zfsShadows(parts: LinuxParts): ShadowProvider {
  const datasets = new Map<string, Promise<void>>();
  return {
    name: 'zfs',
    async supports(path) {
      const mount = await parts.mounts.of(path);
      if (mount?.type !== 'zfs') return undefined;
      const checked = datasets.get(mount.source) ?? checkDataset(parts.run, mount.source);
      datasets.set(mount.source, checked);
      await checked;
      return volumeOf(mount);
    },
    async open(volumes, { signal, timeoutMs }) {
      const name = parts.names.make();
      const mounts = await parts.mounts.all();
      const frozen = volumes.map((volume) => ({
        volume,
        directory: snapshotDirectory(wholeMount(mounts, volume.id), name),
      }));
      const steps = byPool(volumes).map((ids) => snapshot(parts.run, ids, name, timeoutMs));
      return await shadowBySteps(frozen, steps, signal);
    },
    leftovers: () => leftovers(parts),
  };
}

function volumeOf({ source, point, root }: Mount): Volume {
  // A path in a snapshot that is mounted by itself stands still already.
  if (source.includes('@')) throw refusal(`${source} is a snapshot itself`);
  return { id: source, root: textOf(point), inside: textOf(root) };
}

async function checkDataset(run: RunProgram, dataset: string): Promise<void> {
  if (dataset.includes('@')) return;
  const listed = await outputOf(
    run,
    ['zfs', 'list', '-H', '-o', 'name,snapdir', dataset],
    `the dataset ${dataset} cannot be read`,
  );
  // OpenZFS 2.3 knows `disabled` beside `hidden` and `visible`.
  if (listed.trim().endsWith('\tdisabled')) {
    throw refusal(`the snapshots of ${dataset} cannot be read: its property snapdir is "disabled"`);
  }
}

/** `.zfs` is at the top of a dataset, which a bind mount of one directory does not show. */
function wholeMount(mounts: readonly Mount[], dataset: string): string {
  const mount = mounts.find(
    ({ type, source, root }) => type === 'zfs' && source === dataset && root.length === 1,
  );
  if (!mount) throw refusal(`only a part of the dataset ${dataset} is mounted`);
  return textOf(mount.point);
}

function snapshotDirectory(point: string, name: string): string {
  return `${point === '/' ? '' : point}/.zfs/snapshot/${name}`;
}

/** One command makes snapshots in one pool only. */
function byPool(volumes: readonly Volume[]): string[][] {
  const pools = Map.groupBy(new Set(volumes.map(({ id }) => id)), (id) => id.split('/')[0]);
  return [...pools.values()];
}

function snapshot(run: RunProgram, datasets: readonly string[], name: string, timeoutMs: number): Step {
  const snapshots = datasets.map((dataset) => `${dataset}@${name}`);
  return {
    async make() {
      const failure = `${datasets.join(', ')} cannot be frozen`;
      await outputOf(run, ['zfs', 'snapshot', ...snapshots], failure, { timeoutMs });
    },
    async remove() {
      for (const each of snapshots) await destroy(run, each);
    },
  };
}

async function destroy(run: RunProgram, snapshot: string): Promise<void> {
  // The same command destroys whole datasets: nothing but a snapshot of ours may ever get here.
  const [dataset, name] = snapshot.split('@');
  if (!dataset || !name || !isShadowName(name)) throw refusal(`${snapshot} is no snapshot of ours`);
  const ended = await run(['zfs', 'list', '-H', '-t', 'snapshot', '-o', 'name', snapshot]);
  if (ended === 'missing' || /does not exist/.test(ended.stderr)) return;
  await outputOf(run, ['zfs', 'destroy', snapshot], `${snapshot} cannot be removed`);
}

async function leftovers({ run, mounts, names }: LinuxParts): Promise<Leftover[]> {
  // Where no dataset is mounted, the program may take long to find out that the kernel knows none.
  if (!(await mounts.all()).some(({ type }) => type === 'zfs')) return [];
  const ended = await run(['zfs', 'list', '-H', '-t', 'snapshot', '-o', 'name', '-s', 'name']);
  if (ended === 'missing') return [];
  if (ended.status !== 0) throw refusal(`ZFS snapshots cannot be listed: ${ended.stderr.trim()}`);
  return ended.stdout.split('\n').flatMap((snapshot) => {
    const made = names.leftSince(snapshot.slice(snapshot.indexOf('@') + 1));
    return made ? [{ name: snapshot, made, remove: () => destroy(run, snapshot) }] : [];
  });
}
