import type { Mounts } from './mounts.ts';
import type { ShadowNames } from './names.ts';
import type { RunProgram } from './run.ts';

/** What the providers of Linux stand on. */
export interface LinuxParts {
  run: RunProgram;
  mounts: Mounts;
  names: ShadowNames;
  /** True for root. */
  elevated: boolean;
}
