import type { OnEvent } from '../model/events.ts';
import type { Moment } from '../model/moment.ts';
import type { NativeFiles } from '../native/files.ts';
import type { Overwrite } from './decide.ts';
import type { Destination } from './roots.ts';
import type { RestorePreview } from './survey.ts';

/** What is restored, where to, and how. */
export interface RestoreOptions {
  at: Moment;
  /** Name of a job, or the beginning of its id. */
  job?: string;
  /** Paths or globs, as `ls` shows them or as they were on that machine; none: everything. */
  paths: string[];
  /** `to`: an absolute path. */
  target: Destination;
  overwrite: Overwrite;
  /** Delete what the target has and the snapshot has not. */
  deleteExtra: boolean;
  /** Count what would be done, and do nothing. */
  dryRun: boolean;
  /** Read everything again when it is written. */
  verify: boolean;
  /** Asked before anything is replaced in place, or deleted. */
  confirm: (plan: RestorePreview) => Promise<boolean>;
  /** Choose among what interrupted pushes saved, too. */
  partial: boolean;
  /** Leave out what is kept without history, which is only to be had as it is now. */
  trackedOnly?: boolean;
  /** Give files back to their owners; only root can. */
  ownership: boolean;
  /** What tells of files on Windows. Default: the addon. */
  windowsFiles?: NativeFiles;
  /** Threads; default: as many as there are cores; 0: none. */
  workers?: number;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}
