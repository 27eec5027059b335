import { displayPath } from '../model/path.ts';
import type { Stat } from '../model/stat.ts';

/*
 * What a fingerprint is made of: one record for each path (docs/archives.md).
 */

/** `metadata`: type, mode, size, time; `content`: type, size, data. Both: path, and where a link leads. */
export type FingerprintKind = 'metadata' | 'content';

/** A path of a tree, below its root. */
export interface DigestEntry {
  /** Empty: the root itself. */
  path: Uint8Array;
  stat: Stat;
}

const letters: Record<Stat['type'], string> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  character: 'c',
  block: 'b',
};

const NUL = Uint8Array.of(0);
const ROOT = Buffer.from('.');
const NOTHING = new Uint8Array(0);

/** What every fingerprint of a kind begins with. */
export function beginningOf(kind: FingerprintKind): string {
  return `bmcloud-fingerprint 1 ${kind}\n`;
}

/** @param sha256 of the data, hexadecimal; files of kind `content` only */
export function recordOf(kind: FingerprintKind, { path, stat }: DigestEntry, sha256 = '-'): Buffer {
  const facts = factsOf(kind, stat);
  const values = kind === 'metadata' ? facts : { ...facts, sha256 };
  const words = `${Object.values(values).join(' ')} `;
  return Buffer.concat([
    Buffer.from(words),
    path.length === 0 ? ROOT : path,
    NUL,
    stat.target ?? NOTHING,
    NUL,
  ]);
}

/** In the order in which they stand in a record. */
export function factsOf(kind: FingerprintKind, stat: Stat): Record<string, string | number> {
  const { type, mtime } = stat;
  const size = stat.deviceNumber ?? stat.size;
  if (kind === 'content') return { type: letters[type], size };
  // Links have no mode of their own: systems differ in what they say.
  const mode = type === 'symlink' ? '0' : stat.mode.toString(8);
  return { type: letters[type], mode, size, mtime: mtime.seconds };
}

/** Paths as they are shown. */
export function displayRelative(path: Uint8Array): string {
  return path.length === 0 ? '.' : displayPath(path);
}
