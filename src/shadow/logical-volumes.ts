import { refusal } from './refuse.ts';
import { outputOf, type RunProgram } from './run.ts';

/** A logical volume of LVM; sizes in bytes. */
export interface LogicalVolume {
  group: string;
  name: string;
  size: number;
  /** What is not given to any volume of its group. */
  free: number;
  /** In a thin pool a snapshot takes its room from there. */
  thin: boolean;
}

const FIELDS = 'vg_name,lv_name,lv_size,vg_free,segtype';
const REPORT = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', FIELDS];

/** The logical volume of a device; undefined if it is none, or LVM is not installed. */
export async function logicalVolume(run: RunProgram, device: string): Promise<LogicalVolume | undefined> {
  const ended = await run(['lvs', ...REPORT, device]);
  return ended === 'missing' || ended.status !== 0 ? undefined : parseReport(ended.stdout)[0];
}

/** All of this system. */
export async function allLogicalVolumes(run: RunProgram): Promise<LogicalVolume[]> {
  const ended = await run(['lvs', ...REPORT]);
  if (ended === 'missing') return [];
  if (ended.status !== 0) throw refusal(`logical volumes cannot be listed: ${ended.stderr.trim()}`);
  return parseReport(ended.stdout);
}

/** What `lvs --reportformat json` prints: every value is text. */
function parseReport(text: string): LogicalVolume[] {
  const { report } = JSON.parse(text) as { report: { lv: Record<string, string>[] }[] };
  return report.flatMap(({ lv }) =>
    lv.map((fields) => ({
      group: fields.vg_name ?? '',
      name: fields.lv_name ?? '',
      size: Number(fields.lv_size),
      free: Number(fields.vg_free),
      thin: fields.segtype === 'thin',
    })),
  );
}

const LEAST_ROOM = 256 * 1024 * 1024;

/**
 * Freezes a logical volume: the file system on it stops for a moment, and is whole in the snapshot. What is written meanwhile costs
 * room for what it replaces, a tenth of the volume where the group has that; when it is full, reading the snapshot fails.
 */
export async function createSnapshot(
  run: RunProgram,
  volume: LogicalVolume,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const origin = `${volume.group}/${volume.name}`;
  // Thin snapshots are left inactive unless told otherwise.
  const kind = volume.thin
    ? ['--setactivationskip', 'n', '--activate', 'y']
    : ['--permission', 'r', '--size', `${roomFor(volume)}b`];
  const argv = ['lvcreate', '--yes', '--snapshot', ...kind, '--name', name, origin];
  await outputOf(run, argv, `${origin} cannot be frozen`, { timeoutMs });
}

function roomFor({ group, size, free }: LogicalVolume): number {
  if (free === 0) throw refusal(`the volume group ${group} has no free space for a snapshot`);
  return Math.min(free, size, Math.max(LEAST_ROOM, Math.ceil(size / 10)));
}

/** Nothing happens if there is none. */
export async function removeSnapshot(run: RunProgram, group: string, name: string): Promise<void> {
  const ended = await run(['lvs', `${group}/${name}`]);
  if (ended === 'missing' || /failed to find/i.test(ended.stderr)) return;
  await outputOf(run, ['lvremove', '--yes', `${group}/${name}`], `${group}/${name} cannot be removed`);
}
