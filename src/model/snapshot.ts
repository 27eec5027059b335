import type { ListItem } from './entry.ts';
import type { LockOwner } from './owner.ts';
import type { Field } from './record.ts';
import type { Timestamp } from './wire.ts';

/*
 * Manifests and what they tell of a snapshot (docs/format.md, section 8).
 */

export const manifestKinds = ['registration', 'snapshot', 'partial', 'fence'] as const;
export type ManifestKind = (typeof manifestKinds)[number];

/** A root that is backed up. */
export interface Source {
  /** The first component of its entries' paths. Unique in its job. */
  name: string;
  /** Absolute path as bytes; for standard input, empty. */
  path: Uint8Array;
  kind: 'tree' | 'stdin';
}

export interface Statistics {
  files: number;
  directories: number;
  others: number;
  /** Of all files in the state. */
  bytes: number;
  new: number;
  changed: number;
  deleted: number;
  unchanged: number;
  bytesRead: number;
  /** Sent to the store: packs, index, manifest. */
  bytesStored: number;
  skipped: number;
}

export const noStatistics: Statistics = {
  files: 0,
  directories: 0,
  others: 0,
  bytes: 0,
  new: 0,
  changed: 0,
  deleted: 0,
  unchanged: 0,
  bytesRead: 0,
  bytesStored: 0,
  skipped: 0,
};

/** The ways a file is read, in the order they are tried. */
export const rungs = ['shared', 'retry', 'deferred', 'shadow'] as const;
export type Rung = (typeof rungs)[number];

/** A path that could not be read. */
export interface SkippedPath {
  path: Uint8Array;
  reason: string;
  /** The system's error code, such as `EACCES`. */
  code: string;
  /** Programs that held it then. */
  owners?: LockOwner[];
  /** How often it was tried. */
  attempts?: number;
  /** Which ways of reading were tried. */
  tried?: Rung[];
  /** Why it could not be read from a shadow, where that was wanted. */
  noShadow?: string;
}

/** What is known of a push without its entries. */
export interface SnapshotHeader {
  job: Uint8Array;
  /** Orders the manifests of a job. */
  number: number;
  kind: ManifestKind;
  /** 16 random bytes; shown as the first 8 hex digits, more where that is not unique. */
  snapshot: Uint8Array;
  start: Timestamp;
  end: Timestamp;
  storeStart?: Timestamp;
  storeEnd?: Timestamp;
  host: string;
  user: string;
  jobName: string;
  machine: Uint8Array;
  sources: Source[];
  statistics?: Statistics;
  skipped: SkippedPath[];
  tool?: string;
  tags: string[];
  /** Entries in the state. */
  entries?: number;
  /** Some entries are untracked: their history is not kept. */
  mirrors?: true;
  /** What names and modes mean. */
  platform: 'posix' | 'windows';
  unknown: Field[];
}

/** An item of a run list: a segment, or a chunk of the list, and the first path in it. */
export interface RunItem extends ListItem {
  id: Uint8Array;
  firstPath: Uint8Array;
}

/** Where a sorted run of entries lies in segments. */
export interface RunList {
  depth: number;
  items: RunItem[];
}

export interface ManifestBase {
  number: number;
  /** SHA-256 of the stored object. */
  hash: Uint8Array;
}

export interface Manifest {
  header: SnapshotHeader;
  /** Absent: the empty state. */
  base?: ManifestBase;
  /** A sorted run, inline, or in segments; absent: no changes. */
  changes?: Uint8Array | RunList;
  /** The whole state; makes `base` unnecessary. */
  state?: RunList;
  /** Headers since the previous manifest with a state, newest first; only where `state` is. */
  earlier: SnapshotHeader[];
}
