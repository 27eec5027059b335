import { mkdirSync } from 'node:fs';
import { refusal } from '../download/failures.ts';
import { lookAt } from '../download/folders.ts';
import type { Target } from '../download/target.ts';
import { placeBelow } from './names.ts';

/** Nobody else may look into a directory before it has its mode. */
const PRIVATE = 0o700;

/**
 * Directories below the target: each is looked at before anything is put into it, so that a link in its place is never walked
 * through. Links of the archive come when no directory is made any more.
 */
export class UnpackedFolders {
  readonly #target: Target;
  readonly #isTaken: (path: Uint8Array) => boolean;
  /** Paths of directories that are there, one character a byte. */
  readonly #known = new Set<string>(['']);

  /** @param isTaken whether the archive has named something else at a path, which may not be there yet */
  constructor(target: Target, isTaken: (path: Uint8Array) => boolean) {
    this.#target = target;
    this.#isTaken = isTaken;
  }

  /** Makes a directory that the archive names. @throws refusals, and what the system says */
  make(path: Uint8Array): void {
    this.#ensure(textOf(path), PRIVATE);
  }

  /** Makes the directories above a path, which the archive may not name. */
  makeAbove(path: Uint8Array): void {
    const text = textOf(path);
    const slash = text.lastIndexOf('/');
    if (slash !== -1) this.#ensure(text.slice(0, slash), undefined);
  }

  #ensure(path: string, mode: number | undefined): void {
    if (this.#known.has(path)) return;
    const slash = path.lastIndexOf('/');
    if (slash !== -1) this.#ensure(path.slice(0, slash), undefined);
    const bytes = Buffer.from(path, 'latin1');
    if (this.#isTaken(bytes)) throw refusal('the archive has something else where its directory should be');
    const placed = placeBelow(this.#target, bytes, true);
    if ('refusal' in placed) throw refusal(placed.refusal, 'EINVAL');
    const there = lookAt(placed.place);
    if (!there) mkdirSync(placed.place, mode);
    else if (!there.isDirectory()) throw refusal(`${what(there)} is where its directory should be`);
    this.#known.add(path);
  }
}

function what(there: { isSymbolicLink(): boolean }): string {
  return there.isSymbolicLink() ? 'a symbolic link' : 'a file';
}

function textOf(path: Uint8Array): string {
  return Buffer.from(path).toString('latin1');
}
