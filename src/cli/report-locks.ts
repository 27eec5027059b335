import type { FileOwners } from '../index.ts';
import { type Column, renderTable } from './table.ts';

/** A file that was asked about, as it was named. */
export interface LockedFile extends FileOwners {
  path: string;
}

const columns: Column[] = [
  { title: 'PID', align: 'right' },
  { title: 'PROGRAM', shrink: 'start' },
  { title: 'USER' },
  { title: 'HOW', shrink: 'start' },
  { title: 'FILE', shrink: 'end' },
];

/** Who holds which file, within `width` columns; then the files that nobody holds; then why there may be more. */
export function locksReport(files: LockedFile[], width: number): string {
  const rows = files.flatMap(({ path, owners }) =>
    owners.map(({ pid, program, user, service, how }) => {
      const name = service === undefined ? program : `${program} (${service})`;
      return [String(pid), name, user ?? '', how ?? '', path];
    }),
  );
  const free = files.filter(({ owners }) => owners.length === 0).map(freeLine);
  const limits = new Set(
    files.flatMap(({ unknown, owners }) => (unknown && owners.length > 0 ? [unknown] : [])),
  );
  const notes = Array.from(limits, (limit) => `There may be more: ${limit}\n`);
  return [rows.length === 0 ? '' : renderTable(columns, rows, width), ...free, ...notes].join('');
}

function freeLine({ path, unknown }: LockedFile): string {
  return unknown === undefined ? `Nobody holds ${path}\n` : `Nobody is known to hold ${path}: ${unknown}\n`;
}
