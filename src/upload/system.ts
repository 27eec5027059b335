import { systemSleep } from '../flow/sleep.ts';
import type { OnEvent } from '../model/events.ts';
import type { LockOwner } from '../model/owner.ts';
import { absentAddon } from '../native/absent.ts';
import { isWindowsError, type NativeFiles } from '../native/files.ts';
import { defaultRetry, type RetryPolicy } from '../read/retry.ts';
import type { DefaultExcludes } from '../scan/default-excludes.ts';
import { nativeOf } from '../scan/native-path.ts';
import type { Shadows } from '../shadow/shadows.ts';
import type { SystemShadowsOptions } from '../shadow/system.ts';
import type { AskOwners, FrozenViews } from './late-files.ts';
import type { PushOptions } from './plan.ts';

/*
 * What the ladder asks of the system it runs on.
 */

/** Frozen views that are removed again. */
export interface ClosableViews extends FrozenViews {
  /** Removes what killed pushes left behind. */
  removeLeftovers(): Promise<void>;
  close(): Promise<void>;
}

export function retryPolicy({ retries, retryDelay, signal }: PushOptions): RetryPolicy {
  return {
    retries: retries ?? defaultRetry.retries,
    delay: retryDelay ?? defaultRetry.delay,
    sleep: systemSleep,
    random: Math.random,
    signal,
  };
}

/** A frozen view can read the registry of users; the live files nobody can. */
export function defaultExcludesOf({
  defaultExcludes = true,
  shadow,
}: Pick<PushOptions, 'defaultExcludes' | 'shadow'>): DefaultExcludes {
  if (!defaultExcludes) return 'none';
  return shadow === 'always' ? 'but-hives' : 'all';
}

/** Administrators and backup operators may read what belongs to others; everybody else reads what they can. */
export function enablePrivileges(windows: NativeFiles | undefined, tell: OnEvent): void {
  try {
    windows?.enablePrivileges();
  } catch (error) {
    if (!isWindowsError(error)) throw error;
    tell({ type: 'warning', message: `The rights of a backup program are not to be had: ${error.message}` });
  }
}

/** Who holds files on this system. */
export async function askOwners(paths: Uint8Array[], signal?: AbortSignal): ReturnType<AskOwners> {
  const { findOwners } = await import('../owners/owners.ts');
  const { loadOwnersAddon } = await import('../native/owners.ts');
  const { platform } = process;
  const answers = await findOwners(paths.map(nativeOf), { platform, windows: loadOwnersAddon(), signal });
  // Programs are given passwords on their command lines: these must not end up in a manifest.
  return answers.map((answer) => ({
    ...answer,
    owners: answer.owners.map(withoutCommandLine),
  }));
}

/** Snapshots of Windows, or why the addon is not there. */
async function windowsCopies(): Promise<SystemShadowsOptions['copies']> {
  const { loadShadowAddon, volumeShadowCopies } = await import('../native/shadow.ts');
  const native = loadShadowAddon();
  const absent = absentAddon();
  return native ? volumeShadowCopies(native) : absent && { absent: absent.reason };
}

function withoutCommandLine({ pid, program, user, service, how }: LockOwner): LockOwner {
  return {
    pid,
    program,
    ...(user !== undefined && { user }),
    ...(service !== undefined && { service }),
    ...(how !== undefined && { how }),
  };
}

/** Waiting for writers of Windows can take minutes; more than that is a fault. */
const SHADOW_MS = 10 * 60 * 1000;

/** The frozen views that this system can make. Most pushes need none: nothing is loaded before. */
export function systemViews(tell: OnEvent, signal?: AbortSignal): ClosableViews {
  const warn = (message: string) => tell({ type: 'warning', message });
  let made: Promise<Shadows> | undefined;
  const shadows = async () => {
    const { systemShadows } = await import('../shadow/system.ts');
    const all = systemShadows({ timeoutMs: SHADOW_MS, signal, warn, copies: await windowsCopies() });
    // Also those of other jobs: a job that was killed might never run again.
    await all.removeLeftovers();
    return all;
  };
  const get = () => {
    made ??= shadows();
    return made;
  };
  return {
    openFor: async (paths) => await (await get()).openFor(paths),
    pathInShadow: async (path) => await (await get()).pathInShadow(path),
    removeLeftovers: async () => void (await get()),
    close: async () => await (await made)?.close(),
  };
}
