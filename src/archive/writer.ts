import type { Member } from './member.ts';

/** The data of a small file, ready to be written. */
export interface PackedData {
  /** As they go into the archive. */
  pieces: Uint8Array[];
  /** Of the file. */
  size: number;
  crc: number;
  /** The pieces are deflated. */
  deflated: boolean;
}

/** Writes one archive. Calls must not overlap, but for `pack`. */
export interface ArchiveWriter {
  /** Members that are other names of one file stand in the archive as such. */
  readonly hardLinks: boolean;
  /** Why the format has no place for a member; undefined when it has. */
  refusalOf(member: Member): string | undefined;
  /** Makes the data of a small file ready, ahead of its turn. */
  pack(pieces: Uint8Array[]): Promise<PackedData>;
  /** A directory, a link, a special file. */
  add(member: Member): Promise<void>;
  addFile(member: Member, data: PackedData): Promise<void>;
  /**
   * A file of `member.stat.size` bytes, as they come. When they cannot be had it is as if it had never been begun.
   * @throws `source-unreadable` of `data`; `damaged` where the archive has its beginning already and cannot be made right
   */
  addStream(member: Member, data: AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
}
