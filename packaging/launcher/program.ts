import { createHash } from 'node:crypto';
import { getRawAsset } from 'node:sea';
import { zstdDecompressSync } from 'node:zlib';

/** A file of the program as it was packed; `path` is relative, with `/`. */
export interface PackedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
}

/** The program that the executable carries. */
export interface PackedProgram {
  /** Its version and a hash of everything in it: another program, another name. */
  readonly name: string;
  readonly files: readonly PackedFile[];
  /** The bytes of all files, in the order of `files`, one after the other. Decompressed anew by each call. */
  bytes(): Uint8Array;
}

/** What `packaging/archive.mjs` put into the executable. */
export function carriedProgram(): PackedProgram {
  const list = Buffer.from(getRawAsset('files.json'));
  return programOf(list, () => zstdDecompressSync(Buffer.from(getRawAsset('files.zst'))));
}

/**
 * A program by its list: JSON with `version` and `files`.
 * @param bytes of all files, decompressed
 */
export function programOf(list: Uint8Array, bytes: () => Uint8Array): PackedProgram {
  const { version, files } = JSON.parse(Buffer.from(list).toString()) as {
    version: string;
    files: PackedFile[];
  };
  return { name: `${version}-${sha256Of(list).slice(0, 32)}`, files, bytes };
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
