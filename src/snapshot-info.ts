import { toHex } from './model/ids.ts';
import { displayPath } from './model/path.ts';
import type { ManifestKind, SnapshotHeader, Statistics } from './model/snapshot.ts';
import { toDate } from './model/time.ts';

/** A push, for people and programs. */
export interface SnapshotInfo {
  /** The first 8 hexadecimal digits of `fullId`. */
  id: string;
  fullId: string;
  job: { id: string; name: string };
  /** Orders the snapshots of a job. */
  number: number;
  kind: ManifestKind;
  /** When it began, by the store's clock where the machine's was wrong. */
  time: Date;
  end: Date;
  host: string;
  user: string;
  sources: { name: string; path: string }[];
  tags: string[];
  statistics?: Statistics;
  /** How many paths could not be read. */
  skipped: number;
  tool?: string;
}

/** What a manifest tells of its push, for people and programs. */
export function snapshotInfo(header: SnapshotHeader): SnapshotInfo {
  const fullId = toHex(header.snapshot);
  return {
    id: fullId.slice(0, 8),
    fullId,
    job: { id: toHex(header.job), name: header.jobName },
    number: header.number,
    kind: header.kind,
    time: correctedStart(header),
    end: toDate(header.end),
    host: header.host,
    user: header.user,
    sources: header.sources.map(({ name, path }) => ({ name, path: displayPath(path) })),
    tags: header.tags,
    ...(header.statistics && { statistics: header.statistics }),
    skipped: header.statistics?.skipped ?? header.skipped.length,
    ...(header.tool !== undefined && { tool: header.tool }),
  };
}

/** Clocks that differ by less agree: a store tells whole seconds, and its first answer takes a moment. */
const AGREEMENT = 5000;

/** When a push began: by its own clock, or by the store's where the two disagreed. */
export function correctedStart({ start, storeStart }: SnapshotHeader): Date {
  const own = toDate(start);
  const store = storeStart && toDate(storeStart);
  return store && Math.abs(store.getTime() - own.getTime()) > AGREEMENT ? store : own;
}
