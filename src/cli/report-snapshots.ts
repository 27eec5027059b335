import type { SnapshotInfo } from '../index.ts';
import { formatBytes, formatCount, formatMinute } from './format.ts';
import { type Column, renderTable } from './table.ts';

const figures: Column[] = [
  { title: 'FILES', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'STORED', align: 'right' },
];

/** The table of `snapshots`, within `width` columns. @param isFiltered there may be others */
export function snapshotsReport(snapshots: SnapshotInfo[], width: number, isFiltered: boolean): string {
  const jobs = new Map(snapshots.map(({ job }) => [job.id, job.name]));
  if (jobs.size === 0) return isFiltered ? 'No snapshot matches\n' : 'There are no snapshots\n';
  // One job needs no column of its own.
  const jobColumn: Column[] = jobs.size === 1 ? [] : [{ title: 'JOB', shrink: 'end' }];
  const columns: Column[] = [
    { title: 'ID' },
    { title: 'TIME' },
    ...jobColumn,
    ...figures,
    { title: '', shrink: 'start' },
  ];
  const rows = snapshots.map((snapshot) => row(snapshot, jobs.size > 1));
  const title = jobs.size === 1 ? `Job ${[...jobs.values()][0]}\n` : '';
  return title + renderTable(columns, rows, width);
}

function row(snapshot: SnapshotInfo, withJob: boolean): string[] {
  const { id, time, job, statistics } = snapshot;
  const numbers = statistics
    ? [formatCount(statistics.files), formatBytes(statistics.bytes), formatBytes(statistics.bytesStored)]
    : ['', '', ''];
  return [id, formatMinute(time), ...(withJob ? [job.name] : []), ...numbers, remarks(snapshot)];
}

function remarks({ kind, tags, skipped }: SnapshotInfo): string {
  const words = tags.map((tag) => `#${tag}`);
  if (kind === 'partial') words.unshift('partial');
  if (skipped > 0) words.push(`${formatCount(skipped)} skipped`);
  return words.join(' ');
}
