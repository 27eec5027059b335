import { type BigIntStats, lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { isWithin, joinPath } from '../model/path.ts';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { isGone, isSystemError } from '../scan/problems.ts';
import { isOfCloud, lookWindows, type WindowsListing } from '../scan/windows.ts';
import { removeDirectory } from './drafts.ts';
import { failureOf } from './failures.ts';
import { foldsNamesThere } from './folding.ts';
import type { Outcome } from './outcome.ts';
import type { Target } from './target.ts';
import { Unclaimed } from './unclaimed.ts';
import type { Folder } from './walk.ts';

/*
 * What the target has and the snapshot has not. Deleted only where that is certain: never what the push could not read, nor the
 * program's own directories (no push saves them), nor what is kept in step with a cloud (a push leaves out what is only there,
 * and to delete it here is to delete it there), nor through a link, nor on another file system that is mounted there.
 */

export interface ExtrasOptions {
  outcome: Outcome;
  target: Pick<Target, 'folds'>;
  /** Paths that the push could not read: that they are missing says nothing. */
  skipped: Uint8Array[];
  /** The program's own directories: absolute paths. */
  own: string[];
  /** What tells of files on Windows; absent elsewhere. */
  windows?: WindowsListing | undefined;
  /** What becomes of each path, the deepest first: deleted, or listed. */
  act: (path: Uint8Array, place: NativePath, isDirectory: boolean) => void;
}

interface Extra {
  path: Uint8Array;
  place: NativePath;
  device: bigint;
}

export class Extras {
  readonly #options: ExtrasOptions;
  readonly #own: { dev: bigint; ino: bigint }[];
  readonly #folds = new Map<bigint, boolean>();

  constructor(options: ExtrasOptions) {
    this.#options = options;
    this.#own = options.own.flatMap(identityOf);
  }

  /** Notes what is in a directory; the walk strikes out what the snapshot has. */
  list(folder: Folder): void {
    folder.extra = new Unclaimed(readdirSync(folder.place, 'buffer'), this.#foldsIn(folder.place));
  }

  /** Each file system is asked: one where names that differ in case are one may be mounted below the top. */
  #foldsIn(place: NativePath): boolean {
    const { dev } = lstatSync(place, { bigint: true });
    const folds = this.#folds.get(dev) ?? (this.#options.target.folds || foldsNamesThere(place));
    this.#folds.set(dev, folds);
    return folds;
  }

  /** Removes what was not struck out. */
  clear({ path, place, extra }: Folder): void {
    if (!extra || extra.isEmpty) return;
    const { dev: device } = lstatSync(place, { bigint: true });
    for (const name of extra.names()) {
      this.#remove({ path: joinPath(path, name), place: joinNative(place, nativeOf(name)), device });
    }
  }

  /** Removes a directory that stands where something else goes. @returns whether it is gone */
  remove(path: Uint8Array, place: NativePath): boolean {
    return this.#remove({ path: path.slice(), place, device: lstatSync(place, { bigint: true }).dev });
  }

  #remove(extra: Extra): boolean {
    const { act, outcome } = this.#options;
    try {
      const stats = lstatSync(extra.place, { bigint: true });
      if (this.#isProtected(extra, stats)) return false;
      if (stats.isDirectory() && !this.#empty(extra)) return false;
      act(extra.path, extra.place, stats.isDirectory());
      outcome.deleted++;
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      outcome.fail(extra.path, failureOf(error));
      return false;
    }
  }

  #empty({ path, place, device }: Extra): boolean {
    let gone = true;
    for (const name of readdirSync(place, 'buffer')) {
      const inside = { path: joinPath(path, name), place: joinNative(place, nativeOf(name)), device };
      if (!this.#remove(inside)) gone = false;
    }
    return gone;
  }

  #isOfCloud(place: NativePath): boolean {
    const { windows } = this.#options;
    const facts = windows && lookWindows(place, windows);
    return facts !== undefined && isOfCloud(facts);
  }

  #isProtected({ path, place, device }: Extra, { dev, ino }: BigIntStats): boolean {
    return (
      dev !== device ||
      this.#isOfCloud(place) ||
      this.#own.some((own) => own.dev === dev && own.ino === ino) ||
      this.#options.skipped.some((skipped) => isWithin(path, skipped))
    );
  }
}

/** Deletes one path: for `act`. */
export function deleteOne(place: NativePath, isDirectory: boolean): void {
  if (isDirectory) removeDirectory(place);
  else unlinkSync(place);
}

function identityOf(directory: string): { dev: bigint; ino: bigint }[] {
  try {
    const { dev, ino } = statSync(directory, { bigint: true });
    return [{ dev, ino }];
  } catch (error) {
    if (isSystemError(error)) return []; // not there: nothing to protect
    throw error;
  }
}
