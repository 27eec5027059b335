import { arch, platform } from 'node:os';
import { requireAddon } from './addon.ts';

/*
 * The addon for Linux (its C lies in native/linux/). It looks at many files in one call, which costs a fraction of as many of
 * `node:fs`; what it cannot tell, `node:fs` is asked for.
 */

export interface NativeLook {
  /**
   * Looks at names in a directory as lstat(2) does. Throws nothing that the system says.
   * @param asked its first `length` bytes: the path of the directory and `count` names, each ended by a zero byte
   * @param answers room for `count` records of `RECORD_FIELDS`
   * @throws TypeError where these do not fit together
   */
  look: (asked: Uint8Array, length: number, count: number, answers: Float64Array) => void;
}

/** Numbers in the record of a file; their order is that in native/linux/look.c. */
export const RECORD_FIELDS = 16;

const system = 'linux-x64';
let loaded: { look: NativeLook | undefined } | undefined;

/** @returns undefined on other systems, and where it cannot be loaded */
export function loadLook(): NativeLook | undefined {
  loaded ??= { look: `${platform()}-${arch()}` === system ? load() : undefined };
  return loaded.look;
}

function load(): NativeLook | undefined {
  try {
    return requireAddon(system) as NativeLook;
  } catch {
    return undefined;
  }
}
