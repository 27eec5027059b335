import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';

/*
 * What is left out of every push unless it is asked for (docs/locked-files.md): what the system makes anew by itself, and what
 * nobody but the system can read. A name counts only where the system gives it that meaning.
 */

/** `but-hives`: the registry of users is kept, for a frozen view can read it. */
export type DefaultExcludes = 'none' | 'all' | 'but-hives';

/** File systems that the kernel makes up. Directories are kept, so that a restored system has them, but not entered. */
const KERNEL = new Set(['/proc', '/sys', '/dev', '/run']);

/** Names at the root of a Windows volume. */
const AT_ROOT = new Set([
  'pagefile.sys',
  'hiberfil.sys',
  'swapfile.sys',
  'system volume information',
  '$recycle.bin',
]);

/** A user's registry, with its logs and transactions: held by Windows while the user is logged in. */
const REGISTRY = /^(ntuser\.dat|usrclass\.dat)/i;
const HIVE = /^(ntuser\.dat|usrclass\.dat)$/i;

export interface DefaultRules {
  /** Left out altogether. @param isRoot the directory is known for the root of a volume, whatever its path looks like */
  excludes(directory: NativePath, name: Name, isRoot?: boolean): boolean;
  /** Kept as an empty directory. */
  isBarrier(path: NativePath): boolean;
}

/** The rules of a system. */
export function defaultRules(which: DefaultExcludes, system: NodeJS.Platform): DefaultRules {
  if (which === 'none') return { excludes: () => false, isBarrier: () => false };
  if (system !== 'win32')
    return { excludes: () => false, isBarrier: (path) => typeof path === 'string' && KERNEL.has(path) };
  return {
    excludes: (directory, name, isRoot) =>
      (AT_ROOT.has(String(name).toLowerCase()) && (isRoot || isVolumeRoot(directory))) ||
      (REGISTRY.test(String(name)) && !(which === 'but-hives' && HIVE.test(String(name)))),
    isBarrier: () => false,
  };
}

/** `C:\`, `\\server\c$`, with or without what makes a path long. */
function isVolumeRoot(directory: NativePath): boolean {
  const path = String(directory);
  return (
    /^(\\\\\?\\)?([a-z]:|volume\{[0-9a-f-]+\})\\?$/i.test(path) ||
    /^\\\\(\?\\unc\\)?[^\\?]+\\[a-z]\$\\?$/i.test(path)
  );
}
