import { type Cost, median } from './measure.ts';
import { isSameWork, type Row, type Work } from './notes.ts';

/** Where bmcloud wants to be, in figures of the same run. */
export interface Goal extends Work {
  figure: 'wall' | 'stored';
  most: number;
  /** `best`: of the best peer; a peer's name; `no latency`: of ourselves on the plain server; `seconds`: as it is. */
  of: 'best' | 'restic' | 'rustic' | 'no latency' | 'seconds';
}

/** MiB, the whole process tree, whatever the work. */
export const MOST_MEMORY = 250;
const LATENCY = '+40ms';

const goal = (
  scenario: string,
  store: string,
  name: string,
  most: number,
  of: Goal['of'] = 'best',
  figure: Goal['figure'] = 'wall',
): Goal => ({ scenario, store, name, most, of, figure });

const goals: Goal[] = [
  goal('a', 'local', 'first', 0.45),
  goal('a', 'local', 'first', 0.85, 'restic', 'stored'),
  goal('a', 'local', 'unchanged', 0.6),
  goal('a', 'local', '1 % changed', 0.5),
  goal('a', 'local', 'restore', 0.6),
  goal('b', 'local', 'first', 0.6),
  goal('b', 'local', 'unchanged', 1),
  goal('b', 'local', '1 % changed', 0.5),
  goal('b', 'local', '1 % changed', 0.6, 'rustic', 'stored'),
  goal('b', 'local', 'restore', 0.6),
  goal('a', 's3', 'first', 0.45),
  goal('a', 's3', 'unchanged', 0.7),
  goal('a', 's3', 'restore', 0.4),
  goal('b', 's3', 'first', 0.6),
  goal('b', 's3', 'restore', 0.6),
  goal('c', 'local', 'first', 0.45),
  goal('c', 'local', 'unchanged', 0.6),
  goal('a', `s3${LATENCY}`, 'first', 1.3, 'no latency'),
  goal('a', `s3${LATENCY}`, 'restore', 1.5, 'no latency'),
  goal('start', '', '--version', 0.1, 'seconds'),
  goal('start', '', '--help', 0.15, 'seconds'),
];

export function isOurs({ peer }: Pick<Row, 'peer'>): boolean {
  return peer.startsWith('bmcloud');
}

export function isLimit({ peer }: Pick<Row, 'peer'>): boolean {
  return peer.startsWith('limit');
}

export function medianOf({ costs }: Row, figure: Exclude<keyof Cost, 'wire'>): number {
  return median(costs.map((cost) => cost[figure]));
}

/** The least that a peer needed. rclone keeps no snapshots, and limits are no backups: they are shown, and not raced. */
export function bestPeer(rows: Row[], figure: 'wall' | 'cpu'): number | undefined {
  const peers = rows.filter((row) => !isOurs(row) && !isLimit(row) && !row.peer.startsWith('rclone'));
  return peers.length === 0 ? undefined : Math.min(...peers.map((row) => medianOf(row, figure)));
}

/** The slowest of what has to be done in any case. */
export function limitOf(rows: Row[]): number | undefined {
  const limits = rows.filter(isLimit);
  return limits.length === 0 ? undefined : Math.max(...limits.map((row) => medianOf(row, 'wall')));
}

/** What is said beside a row of ours: each goal, and whether it is met. */
export function verdicts(row: Row, all: Row[]): string[] {
  if (row.peer !== 'bmcloud' || row.units !== undefined) return [];
  const found = goals.filter((one) => isSameWork(one, row)).map((one) => verdict(one, row, all));
  const memory = medianOf(row, 'memory');
  if (row.scenario !== 'start' && memory > MOST_MEMORY) found.push(`memory > ${MOST_MEMORY} MiB: missed`);
  return found.filter((text) => text !== undefined);
}

function verdict({ figure, most, of }: Goal, row: Row, all: Row[]): string | undefined {
  const value = figure === 'wall' ? medianOf(row, 'wall') : row.stored;
  const measure = of === 'seconds' ? 1 : measureOf(of, figure, row, all);
  if (value === undefined || measure === undefined) return undefined;
  const ratio = value / measure;
  const unit = of === 'seconds' ? 's' : `x of ${of === 'best' ? 'the best' : of}`;
  return `${figure} ≤ ${most} ${unit}: ${ratio <= most ? 'met' : 'missed'} (${ratio.toFixed(2)})`;
}

function measureOf(of: Goal['of'], figure: Goal['figure'], row: Row, all: Row[]): number | undefined {
  const same = all.filter((one) => isSameWork(one, row));
  if (of === 'best') return bestPeer(same, 'wall');
  if (of === 'no latency') {
    const plain = { ...row, store: row.store.replace(LATENCY, '') };
    const ours = all.find((one) => isSameWork(one, plain) && one.peer === row.peer);
    return ours && medianOf(ours, 'wall');
  }
  const theirs = same.find(({ peer }) => peer === of);
  return figure === 'stored' ? theirs?.stored : theirs && medianOf(theirs, 'wall');
}
