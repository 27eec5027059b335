import path from 'node:path';
import type { SnapshotInfo } from '../index.ts';
import { unknownJob } from './chosen-jobs.ts';
import type { ConfigValues } from './config-schema.ts';
import { usage } from './failure.ts';
import { formatMinute } from './format.ts';
import { renderTable } from './table.ts';

/** A source of a configured job, and what the repository has of it. */
export interface SourceState {
  path: string;
  /** The newest snapshot that has it; absent: not yet pushed. */
  last?: Pick<SnapshotInfo, 'id' | 'time'>;
  /** What `bmcloud fingerprint` says of it as long as it is as that snapshot has it; absent: not known. */
  fingerprint?: string;
}

/** Which job a command about sources means. @param fallback a job that need not be there @throws `usage` */
export function jobToEdit(values: ConfigValues, named: string | undefined, fallback?: string): string {
  const jobs = Object.keys(values.jobs ?? {});
  if (named !== undefined && fallback === undefined && !jobs.includes(named)) throw unknownJob(named, jobs);
  const job = named ?? (jobs.length === 1 ? jobs[0] : jobs.length === 0 ? fallback : undefined);
  if (job !== undefined) return job;
  throw jobs.length === 0
    ? usage('No job is configured', 'Add one: "bmcloud sources add DIR"')
    : usage('There are several jobs', `Say which by --job: ${jobs.join(', ')}`);
}

/** The newest snapshot of each source. */
export function statesOf(sources: string[], snapshots: SnapshotInfo[]): SourceState[] {
  return sources.map((source) => {
    const isOf = isSourceOf(source, sources);
    const last = snapshots.findLast((snapshot) => snapshot.sources.some(({ path }) => isOf(path)));
    return { path: source, ...(last && { last: { id: last.id, time: last.time } }) };
  });
}

/** A glob stands for what it found then: paths that begin as it does, and are no source by themselves. */
function isSourceOf(source: string, sources: string[]): (path: string) => boolean {
  const begin = source.search(/[*?[{]/);
  if (begin === -1) return (found) => folded(found) === folded(source);
  const start = folded(source.slice(0, begin));
  const others = new Set(sources.map(folded));
  return (found) =>
    folded(found) === folded(source) || (folded(found).startsWith(start) && !others.has(folded(found)));
}

/** A snapshot has a path as the disk spells it, the configuration as somebody wrote it: on Windows both are one. */
function folded(text: string): string {
  return path.sep === '\\' ? text.toLowerCase() : text;
}

/** Digits that are enough to tell one from another by eye. */
const DIGITS = 12;

export function sourcesReport(job: string, states: SourceState[], width: number): string {
  const rows = states.map((one) => [
    one.path,
    one.last ? formatMinute(one.last.time) : 'not yet pushed',
    one.last?.id ?? '',
    one.fingerprint?.slice(0, DIGITS) ?? '',
  ]);
  const columns = [
    { title: 'SOURCE', shrink: 'start' as const },
    { title: 'LAST PUSH' },
    { title: 'SNAPSHOT' },
    { title: 'FINGERPRINT' },
  ];
  return `Job ${job}\n${renderTable(columns, rows, width)}`;
}
