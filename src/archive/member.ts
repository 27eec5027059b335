import { BmcloudError, isBmcloudError } from '../errors.ts';
import type { Stat } from '../model/entry.ts';

/** What archives keep of a path. */
export type MemberStat = Pick<
  Stat,
  'type' | 'size' | 'mtime' | 'mode' | 'uid' | 'gid' | 'user' | 'group' | 'deviceNumber' | 'target'
>;

/** A path on its way into an archive. */
export interface Member {
  /** Components joined by `/`, as bytes; no slash at either end. */
  path: Uint8Array;
  stat: MemberStat;
  /** The path of an earlier member that is the same file. */
  linkTo?: Uint8Array;
}

/** A path that an archive has. */
export interface ReadMember {
  /** As the archive writes it: nothing is checked. */
  name: Uint8Array;
  stat: MemberStat;
  /** The name of the member that this one is another name of. */
  linkTo?: Uint8Array;
  /** Its name may go by Windows' rules. */
  fromWindows: boolean;
  /** Why it cannot be unpacked. */
  unsupported?: string;
  /** What of it is not unpacked. */
  warning?: string;
  /** Another reader is asked of while this one's bytes still come: true of zip, where each lies by itself. */
  independent: boolean;
  /** Its bytes, checked; of tar only until the next member is asked for. @throws `source-unreadable` when they are not right */
  data: () => AsyncIterable<Uint8Array>;
}

/** An archive that is being read. */
export interface OpenArchive {
  /** @throws `damaged` */
  members: AsyncIterable<ReadMember>;
  /** Data that are still being read come to their end. */
  close(): void;
}

/** Told of what is passed over that is of no member. */
export type Warn = (message: string, hint?: string) => void;

/** The data of one member cannot be had; the archive goes on without it. */
export function unreadable(reason: string, code: string, cause?: unknown): BmcloudError {
  return new BmcloudError('source-unreadable', reason, { data: { code }, cause });
}

/** True for what concerns one member only. */
export function isUnreadable(error: unknown): error is BmcloudError {
  return isBmcloudError(error, 'source-unreadable');
}

/** The archive itself is not right. */
export function damagedArchive(
  why: string,
  cause?: unknown,
  hint = 'What came before that was unpacked; get the archive again',
): BmcloudError {
  return new BmcloudError('damaged', `The archive cannot be read on: ${why}`, {
    hint,
    cause,
  });
}
