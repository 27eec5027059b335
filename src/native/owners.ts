import { loadAddon } from './addon.ts';

/** A process that holds a file, as Windows tells. */
export interface NativeOwner {
  pid: number;
  /** The name of its image, such as `OUTLOOK.EXE`; `unknown` where Windows does not tell. */
  program: string;
  /** Of the image. */
  path?: string;
  /** `DOMAIN\name`. */
  user?: string;
  /** The display name of the service that it runs. */
  service?: string;
  /** How it holds the file, in words. */
  how?: string;
}

export type OwnersRoute = 'restart-manager' | 'file-process-ids' | 'handle-scan' | 'none';

export interface NativeOwnersReport {
  owners: NativeOwner[];
  /** The route that found them. */
  route: OwnersRoute;
  /** What went wrong on the way and what could not be looked at, in words: `restart-manager: RmGetList: Access is denied. (error 5)`. */
  notes: string[];
}

export interface NativeOwners {
  /**
   * Who holds a file. Works in threads of its own; never rejects for want of an answer, which is an empty list with notes.
   * @param options `deadlineMs`: after that long at most there is an answer; up to 3,600,000. `routes`: those to go, by
   *   default all, each only if those before found nobody
   */
  lockOwners(
    path: string,
    options: { deadlineMs: number; routes?: readonly Exclude<OwnersRoute, 'none'>[] },
  ): Promise<NativeOwnersReport>;
}

/** @returns undefined on systems without it; `loadAddon().reason` tells why */
export function loadOwnersAddon(): NativeOwners | undefined {
  return loadAddon().addon as NativeOwners | undefined;
}
