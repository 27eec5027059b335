import { arch, platform } from 'node:os';
import { requireAddon } from './addon.ts';

/*
 * The addon for Linux (its C lies in native/linux/). It looks at many files in one call, and reads many, which costs a fraction of as
 * many of `node:fs`; what it cannot tell, `node:fs` is asked for. And it has threads share memory, and locks files.
 */

export interface LinuxAddon {
  /**
   * Looks at names in a directory as lstat(2) does. Throws nothing that the system says.
   * @param asked its first `length` bytes: the path of the directory and `count` names, each ended by a zero byte
   * @param answers room for `count` records (native/linux/record.h)
   * @throws TypeError where these do not fit together
   */
  look: (asked: Uint8Array, length: number, count: number, answers: Float64Array) => void;
  /**
   * Reads many small files in one call; the kernel fetches those that come next meanwhile. Links are not followed, FIFOs not waited for.
   * Throws nothing that the system says.
   * @param paths its first `length` bytes: `count` paths, each ended by a zero byte
   * @param sizes as many bytes are read of each at most
   * @param room for all of these, one behind the other
   * @param answers room for `count` records, of what each file was when it had been read, and how many bytes that were
   * @throws TypeError where these do not fit together
   */
  read: (
    paths: Uint8Array,
    length: number,
    sizes: Uint32Array,
    count: number,
    room: Uint8Array,
    answers: Float64Array,
  ) => void;
  /**
   * Has another thread list a directory, and look at the files and links in it, but not at directories and others: those are left out of
   * the records. Nobody else may touch `names` and `answers` until `finish`.
   * @param names the path, ended by a zero byte; then room for the names
   * @param answers room for a record of each of `MOST_NAMES` names, and one of the directory itself
   * @returns a ticket for `finish`, or -1 where too much is under way already
   * @throws TypeError where these are too short
   */
  begin: (names: Uint8Array, answers: Float64Array) => number;
  /**
   * Waits for it.
   * @param isWanted otherwise it is given up where nobody has begun with it
   * @returns bytes of the names in `names`, in order, each ended by a zero byte, one record for each; -1 where the directory cannot be
   *   listed, or is too large
   * @throws TypeError for what is no ticket, or was finished already
   */
  finish: (ticket: number, isWanted: boolean) => number;
  /**
   * Has the C library make no more heaps for threads (M_ARENA_MAX of mallopt(3)): those that begin from now on share the ones that there
   * are. To be called early: where there are more than eight by then, the library no longer listens.
   * @returns whether there is such a setting: musl knows nothing of it
   */
  limitHeaps: () => boolean;
  /**
   * Takes a lock of an open file for one alone (flock(2)), until the last descriptor of it is closed. Whoever opens the file sees it, from
   * whatever namespace. On a file system that knows no locks everybody gets it.
   * @returns whether it was to be had
   * @throws TypeError for what is no descriptor
   */
  lockFile: (descriptor: number) => boolean;
}

/** Names that `begin` can tell of a directory. */
export const MOST_NAMES = 511;

const system = 'linux-x64';
let loaded: { addon: LinuxAddon | undefined } | undefined;

/** @returns undefined on other systems, and where it cannot be loaded */
export function loadLinuxAddon(): LinuxAddon | undefined {
  loaded ??= { addon: `${platform()}-${arch()}` === system ? load() : undefined };
  return loaded.addon;
}

function load(): LinuxAddon | undefined {
  try {
    return requireAddon(system) as LinuxAddon;
  } catch {
    return undefined;
  }
}
