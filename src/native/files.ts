import { loadAddon } from './addon.ts';

/*
 * What the Windows addon knows of files. Paths are taken as they are: absolute, long ones with `\\?\`. Every function answers
 * at once, on the thread that calls it, and throws a WindowsError.
 */

/** What a directory says of an entry. */
export interface FileFacts {
  /** Bits, see `classify.ts`. */
  attributes: number;
  /** 0 where there is no reparse point. */
  reparseTag: number;
  /** Bytes. */
  size: number;
  /** This and the other times: nanoseconds since 1970, in steps of 100. */
  mtimeNs: bigint;
  ctimeNs: bigint;
  birthtimeNs: bigint;
  fileId: bigint;
}

export interface DirectoryEntry extends FileFacts {
  /** May contain lone surrogates: then `node:fs` cannot open it. */
  name: string;
  /** WTF-8; present only if the name is not well-formed UTF-16. */
  nameBytes?: Uint8Array;
}

export interface FileStatus extends FileFacts {
  /** Serial number of the volume. */
  volume: number;
  /** How many names the file has. */
  links: number;
}

export interface AlternateStream {
  /** Without `:` and `:$DATA`; open it as `path:name`. */
  name: string;
  /** Bytes. */
  size: number;
}

export type DescriptorPart = 'owner' | 'group' | 'dacl' | 'sacl';

export interface NativeFiles {
  /**
   * Entries but for `.` and `..`, in the file system's order. Follows `path` itself if it is a link. Some network file systems
   * cannot list in this way (`ENOTSUP`, `EINVAL`): `node:fs` can.
   */
  listDirectory(path: string): DirectoryEntry[];
  /** Of the path itself, not of a link's target; opens no data, so locked files answer and placeholders stay what they are. */
  fileAttributes(path: string): FileStatus;
  /** Sets the bits that can be set (read-only, hidden, system, archive, temporary, not indexed) and clears the others of these. */
  setAttributes(path: string, attributes: number): void;
  /** SDDL of owner, group and DACL, and of the SACL with SeSecurityPrivilege; `undefined` where the file system keeps none. */
  securityDescriptor(path: string): string | undefined;
  /** Sets as many parts of `sddl` as we are allowed to, at least the DACL, and says which. Passes nothing on to children. */
  setSecurityDescriptor(path: string, sddl: string): DescriptorPart[];
  /** Data streams but for the unnamed one; empty where the file system keeps none. */
  streams(path: string): AlternateStream[];
  /** @param ns nanoseconds since 1970; throws a RangeError for what Windows cannot keep */
  setCreationTime(path: string, ns: bigint): void;
  /** Enables SeBackup-, SeRestore- and SeSecurityPrivilege for this process, one by one; returns those that were granted. */
  enablePrivileges(): string[];
}

export interface NativeDirectories {
  /** Makes a directory that has the security descriptor `sddl` from its first moment; `EEXIST` where something is. */
  makeDirectory(path: string, sddl: string): void;
}

/** A call to Windows that failed. */
export interface WindowsError extends Error {
  /** The function of Windows that failed. */
  step: string;
  /** What it said, as a number; the words are in `message`. */
  windowsCode: number;
  /** The same by Node's name (`ENOENT`, `EBUSY`, …), where it has one. */
  code?: string;
  path?: string;
}

export function isWindowsError(error: unknown): error is WindowsError {
  return error instanceof Error && 'windowsCode' in error && 'step' in error;
}

/** @returns undefined on systems without it; `loadAddon().reason` tells why */
export function loadFilesAddon(): (NativeFiles & NativeDirectories) | undefined {
  return loadAddon().addon as (NativeFiles & NativeDirectories) | undefined;
}
