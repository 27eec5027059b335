import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { whenFreeSync } from '../flow/held-files.ts';
import type { NativePath } from '../scan/disk.ts';
import { nameBytes } from '../scan/listing.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { duplicate, isSameFile, lookAt, moveFile, removeFile, triedLink } from './files.ts';
import { FolderChain, InTheWay } from './folder-chain.ts';
import type { Ground } from './ground.ts';
import { isVersion } from './judge.ts';
import type { RecordEntry } from './record.ts';
import { HALF } from './record-writer.ts';
import { statTimes } from './stat-times.ts';

export const TRACK = 'track';
export const DELETED = 'deleted';
const DRAFTS = 'drafts';

/** Where something was set aside for what has its place now. @param number from 1 */
export function asideOf(place: NativePath, number: number): NativePath {
  return nativeOf(Buffer.concat([nameBytes(place), Buffer.from(`~${number}`)]));
}

/**
 * The increment that a run fills: `track`, `deleted`, and drafts, which get their names by renaming. It has its own name when it is
 * whole; a run that was broken off leaves it to the next.
 */
export class Shelf {
  readonly #ground: Ground;
  readonly #track: FolderChain;
  readonly #deleted: FolderChain;
  readonly #drafts: string;
  /** It was left by a run that was broken off. */
  readonly resumed: boolean;
  #lastDraft = 0;

  constructor(ground: Ground) {
    const { unfinished } = ground;
    this.#ground = ground;
    this.resumed = existsSync(unfinished);
    this.#drafts = join(unfinished, DRAFTS);
    this.#clear();
    // Directories of increments have no modes of the source: for all that it protects, they are their user's alone.
    const alone = { recursive: true, mode: 0o700 };
    for (const name of [TRACK, DELETED, DRAFTS]) mkdirSync(join(unfinished, name), alone);
    this.#track = new FolderChain(join(unfinished, TRACK));
    this.#deleted = new FolderChain(join(unfinished, DELETED));
  }

  /** What a run that was broken off had not finished to write. */
  #clear(): void {
    const { unfinished } = this.#ground;
    rmSync(this.#drafts, { recursive: true, force: true });
    if (!this.resumed) return;
    for (const name of readdirSync(unfinished)) if (name.endsWith(HALF)) rmSync(join(unfinished, name));
  }

  /** A name for a new file, on the file system of the mirror. */
  draft(): string {
    return join(this.#drafts, String(++this.#lastDraft));
  }

  /** Makes sure that `track` has what the mirror has. */
  track(path: Uint8Array, inMirror: NativePath): void {
    this.#put(this.#place(this.#track, path), inMirror);
  }

  /** What was tracked in the run that was broken off, and has vanished since. */
  untrack(path: Uint8Array): void {
    const place = joinNative(join(this.#ground.unfinished, TRACK), nativeOf(path));
    if (this.resumed && lookAt(place)) removeFile(this.#place(this.#track, path));
  }

  /** Keeps what is going to be replaced in the mirror. */
  keep(path: Uint8Array, inMirror: NativePath): void {
    this.#put(this.#placeToKeep(path, inMirror), inMirror);
  }

  /** Takes over what vanished. */
  take(path: Uint8Array, inMirror: NativePath): void {
    moveFile(inMirror, this.#placeToKeep(path, inMirror));
  }

  /** The same for a directory, with all there is in it. */
  takeFolder(path: Uint8Array, inMirror: NativePath): void {
    const place = this.#place(this.#deleted, path);
    if (lookAt(place)) this.#setAside(place);
    whenFreeSync(() => renameSync(inMirror, place));
  }

  /** Something that came with a directory, and is not kept. */
  dropTaken(path: Uint8Array): void {
    const place = this.#place(this.#deleted, path);
    if (lookAt(place)?.isDirectory() === false) removeFile(place);
  }

  /** Whether a finished increment has a version. */
  isHeld({ heldBy, path, size, mtime, type }: RecordEntry): boolean {
    if (heldBy === undefined) return false;
    const there = lookAt(joinNative(join(this.#ground.to, heldBy, TRACK), nativeOf(path)));
    if (type === 'symlink') return there?.isSymbolicLink() === true;
    return there?.isFile() === true && isVersion(statTimes(there), { size, mtime }, this.#ground.precision);
  }

  /** A place in `deleted`. What a run that was broken off kept there may be nowhere else: it stays, beside it. */
  #placeToKeep(path: Uint8Array, inMirror: NativePath): NativePath {
    const place = this.#place(this.#deleted, path);
    const there = lookAt(place);
    if (!there || isSameFile(there, lookAt(inMirror))) return place;
    this.#setAside(place);
    return this.#place(this.#deleted, path);
  }

  #put(place: NativePath, inMirror: NativePath): void {
    const there = lookAt(place);
    if (!there && this.#ground.hardLinks && triedLink(inMirror, place)) return;
    if (there && isSameFile(there, lookAt(inMirror))) return;
    const draft = this.draft();
    duplicate(inMirror, draft, this.#ground.hardLinks);
    moveFile(draft, place);
  }

  /** The place of a file or link. Only a run that was broken off can have left something else there. */
  #place(chain: FolderChain, path: Uint8Array): NativePath {
    for (;;) {
      try {
        const place = chain.place(path);
        // Nothing of a path can be there before a run takes it up.
        if (this.resumed && lookAt(place)?.isDirectory()) this.#setAside(place);
        return place;
      } catch (error) {
        if (!(error instanceof InTheWay)) throw error;
        this.#setAside(error.place);
      }
    }
  }

  #setAside(place: NativePath): void {
    this.#track.forget();
    this.#deleted.forget();
    for (let number = 1; ; number++) {
      const other = asideOf(place, number);
      if (lookAt(other)) continue;
      whenFreeSync(() => renameSync(place, other));
      return;
    }
  }

  /** Removes what only a run needs. */
  close(): void {
    rmSync(this.#drafts, { recursive: true, force: true });
  }
}
