import type { SkippedPath } from './snapshot.ts';

/*
 * What an operation tells while it runs: one union, one callback. The library never prints; `cli/` renders these as text or JSON.
 */

/** What an operation is doing, in the order a reader would meet them. */
export type Phase =
  | 'opening'
  | 'waiting' // for another process that holds the job
  | 'scanning' // scan, diff, read, chunk, seal, pack and store run at once: a push is in this phase mostly
  | 'committing'
  | 'planning'
  | 'restoring'
  | 'verifying'
  | 'archiving' // export
  | 'unpacking' // import
  | 'mirroring'
  | 'finishing';

/** Totals since the operation began. Sent often; a reporter thins them out. */
export interface Progress {
  /** Files and other entries looked at or finished. */
  files: number;
  /** Bytes of source or target data finished. */
  bytes: number;
  /** How many there will be, once that is known. */
  totalFiles?: number;
  totalBytes?: number;
  /** Bytes sent to or fetched from the store. */
  transferred: number;
  /** What is being read or written now, for people. */
  current?: string;
}

export type BmcloudEvent =
  | { type: 'phase'; phase: Phase; detail?: string }
  | { type: 'progress'; progress: Progress }
  /** Something the user should know that does not stop the operation. */
  | { type: 'warning'; message: string; hint?: string; path?: string }
  /** The store did not answer as it should; the same is tried again after `wait` milliseconds. */
  | { type: 'retry'; message: string; wait: number }
  /** Something good to know, once. */
  | { type: 'notice'; message: string }
  /** A path that could not be backed up, restored or verified. The operation goes on; the exit code tells. */
  | ({ type: 'skipped'; path: string } & Omit<SkippedPath, 'path'>);

export type OnEvent = (event: BmcloudEvent) => void;
