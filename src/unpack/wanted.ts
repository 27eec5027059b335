import type { ReadMember } from '../archive/member.ts';
import type { Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';

/** A member that may be unpacked. */
export interface Wanted {
  member: ReadMember;
  /** Below the directory. */
  path: Uint8Array;
  place: NativePath;
  stat: Stat;
}
