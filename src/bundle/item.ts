import type { Member } from '../archive/member.ts';

/** A path that is to go into an archive, from wherever. */
export interface Item extends Member {
  /** Names of one file have the same; files with one name have none. */
  linkKey?: string;
  /** Files only. @throws `source-unreadable` when its data cannot be had; anything else ends the export */
  open?: () => Promise<OpenData>;
}

/** The data of a file that is being read. */
export interface OpenData {
  /** How many bytes will come: what the archive says before they do. */
  size: number;
  /** @throws `source-unreadable` */
  pieces: AsyncIterable<Uint8Array>;
}
