import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/*
 * The first rung of reading: open a file so that others may go on reading, writing and deleting it (on Windows Node.js asks for
 * exactly that share mode; elsewhere there is no other). Synchronous, for a lane does nothing else meanwhile, and a promise
 * costs more than a small file.
 */

/** A file is read in pieces of at most this many bytes. */
export const DEFAULT_READ_SIZE = 4 * 1024 * 1024;

/** A source file that is open. Every method may throw the system's error: it is a fault of the source. */
export interface SourceFile {
  stats(): BigIntStats;
  /** Fills `target` from `position` on, as far as the file goes. @returns the bytes read */
  read(target: Uint8Array, position: number): number;
  close(): void;
}

// A path may have become a link or a pipe since the scan: never follow the one, never wait for the other.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** When a file was read last is not for a backup to change. Linux only. */
const UNNOTICED = constants.O_NOATIME ?? 0;

/** @param pieceBytes at most so many are asked of the system at once */
export function openShared(path: string | Buffer, pieceBytes: number): SourceFile {
  return new OpenFile(openUnnoticed(path), pieceBytes);
}

function openUnnoticed(path: string | Buffer): number {
  if (UNNOTICED !== 0) {
    try {
      return openSync(path, FLAGS | UNNOTICED);
    } catch {
      // Only who owns a file may, and not on every file system.
    }
  }
  return openSync(path, FLAGS);
}

class OpenFile implements SourceFile {
  readonly #descriptor: number;
  readonly #pieceBytes: number;

  constructor(descriptor: number, pieceBytes: number) {
    this.#descriptor = descriptor;
    this.#pieceBytes = pieceBytes;
  }

  stats(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  read(target: Uint8Array, position: number): number {
    return readFully(this.#descriptor, target, position, this.#pieceBytes);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function readFully(descriptor: number, target: Uint8Array, position: number, pieceBytes: number): number {
  let done = 0;
  while (done < target.length) {
    const wanted = Math.min(pieceBytes, target.length - done);
    const got = readSync(descriptor, target, done, wanted, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}
