import type { Run } from '../model/run.ts';
import type { Timestamp } from '../model/wire.ts';
import type { ReadFailure } from '../read/failure.ts';
import type { Known } from './align.ts';
import type { Found } from './found.ts';
import type { RecordHeader } from './record.ts';

/** A version of a file, as it was read. */
export interface Version {
  size: number;
  mtime: Timestamp;
  ctime: Timestamp;
  mode: number;
  recent: boolean;
  /** It changed each time it was read: its bytes may be of several moments. */
  torn?: boolean;
}

/** A file that could not be read. */
export interface Unread extends ReadFailure {
  /** Why it was not read from a frozen view of its volume, either. */
  noShadow?: string;
}

/** What became of reading a file. */
export type Copied = ({ kind: 'copied' } & Version) | { kind: 'gone' } | Unread;

/** What a way through the source cannot tell of. */
export interface Blind {
  /** An entry, and whatever lies below it, stays as it was. */
  unseen(entry: Uint8Array): void;
  /** A source of which nothing can be seen. */
  lost(source: Uint8Array, shown: string): void;
  /** Named to the user, too. */
  problem(shown: string, reason: string, code: string): void;
}

/** Where the files of a mirror come from: the disk, or a snapshot. */
export interface MirrorSource {
  facts: Pick<RecordHeader, 'sources' | 'platform' | 'snapshot'>;
  /** The moment that the mirror will show. */
  time: Date;
  /** The entries, sorted; each call goes through them anew. What is told of `Blind` comes before the entries behind it. */
  entries(blind: Blind): Run;
  /** By what is found, or by what is known of a path that is no longer there. */
  isTracked(known: Known): boolean;
  /** Why an entry cannot lie in the mirror. */
  refusal(found: Found): string | undefined;
  /** For people. */
  show(entry: Uint8Array): string;
  /** Files that may be asked for at once. */
  copiesAhead: number;
  /** Writes the bytes of a file, and its time and mode, to a new file. Throws what concerns the target only. */
  copy(found: Found, draft: string): Promise<Copied>;
  /** No more copies are asked for. */
  close(): Promise<void>;
}
