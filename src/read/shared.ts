import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/*
 * The first rung of reading: open a file so that others may go on reading, writing and deleting it. Synchronous, for a lane
 * does nothing else meanwhile, and a promise costs more than a small file.
 */

/** A source file that is open. Every method may throw the system's error: it is a fault of the source. */
export interface SourceFile {
  stats(): BigIntStats;
  /** Fills `target` from `position` on, as far as the file goes. @returns the bytes read */
  read(target: Uint8Array, position: number): number;
  close(): void;
}

// A path may have become a link or a pipe since the scan: never follow the one, never wait for the other.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export function openShared(path: string | Buffer): SourceFile {
  const descriptor = openSync(path, FLAGS);
  return {
    stats: () => fstatSync(descriptor, { bigint: true }),
    read: (target, position) => readFully(descriptor, target, position),
    close: () => closeSync(descriptor),
  };
}

function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const got = readSync(descriptor, target, done, target.length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}
