import { throwIfInterrupted } from '../flow/sleep.ts';
import type { PathMatcher } from '../match-paths.ts';
import { decodeStat, type EntryType, entryTypes, type Stat } from '../model/entry.ts';
import { comparePaths, isWithin } from '../model/path.ts';
import { type Run, RunCursor } from '../model/run.ts';
import { damaged } from '../model/wire.ts';
import type { NativePath } from '../scan/disk.ts';
import type { Failure } from './failures.ts';
import { nameKey } from './name-key.ts';
import { placeOf, refusalOf, refusalOfName, type Target } from './target.ts';
import type { Unclaimed } from './unclaimed.ts';

/*
 * Walks the entries of a snapshot as the tree they are. A restore walks several times, each time for something else, and so never
 * holds more of a tree than one way down.
 */

/** An entry that is to be restored. */
export interface Found {
  path: Uint8Array;
  /** Found out when it is asked for: of most files nobody asks. */
  readonly place: NativePath;
  type: EntryType;
  /** Encoded, as the content is: views of the run, whose batches stay as they are. */
  stat: Uint8Array;
  content: Uint8Array;
  /** Absent for a root. */
  parent: Folder | undefined;
}

/** A directory on the way down. */
export interface Folder {
  path: Uint8Array;
  place: NativePath;
  stat: Stat;
  content: Uint8Array;
  parent: Folder | undefined;
  /** Whether the directory itself is to be restored, or only something below it. */
  selected: boolean;
  entered: boolean;
  /** What the visitor knows of it: see `folders.ts`. */
  state?: 'fresh' | 'present' | 'failed';
  /** Names in the target that no entry has claimed; only where the visitor put them. */
  extra?: Unclaimed;
  /** Names of entries below it, by `nameKey`; only where names of another system may be one here. */
  taken?: Set<string>;
}

export interface Visitor {
  /** Files are nothing to it: they are passed over. */
  readonly passesFiles?: boolean;
  /** A directory, before anything below it; one that is not selected only when something below it is. */
  enter(folder: Folder): void;
  /** Anything but a directory. A promise that is returned is waited for. */
  entry(found: Found): Promise<void> | undefined;
  /** A directory that was entered, after everything below it. */
  leave(folder: Folder): Promise<void> | undefined;
  /** An entry that has no place in the target. */
  refused(path: Uint8Array, failure: Failure): void;
}

export interface WalkOptions {
  target: Target;
  matcher: PathMatcher;
  signal: AbortSignal | undefined;
}

/** Why the second of names that are one is not restored. */
export const TWIN = 'another name in its directory differs from it only in case';

const SLASH = 0x2f;
/** Entries between two looks at the signal. */
const LOOK = 1024;

/** @throws `damaged`, `interrupted`, and what the visitor throws */
export async function walkEntries(run: Run, options: WalkOptions, visitor: Visitor): Promise<void> {
  const cursor = new RunCursor(run, 'the state of a snapshot');
  const walk = new Walk(options, visitor);
  let count = 0;
  try {
    while (cursor.advance() || (await cursor.refill())) {
      if (count++ % LOOK === 0) throwIfInterrupted(options.signal);
      const path = cursor.path();
      const left = walk.climb(path);
      if (left) await left;
      const done = walk.visit(path, cursor);
      if (done) await done;
    }
    await walk.climb(undefined);
  } finally {
    await cursor.close();
  }
}

class FoundEntry implements Found {
  readonly #target: Target;
  readonly path: Uint8Array;
  readonly type: EntryType;
  readonly stat: Uint8Array;
  readonly content: Uint8Array;
  readonly parent: Folder | undefined;

  constructor(
    target: Target,
    path: Uint8Array,
    type: EntryType,
    stat: Uint8Array,
    content: Uint8Array,
    parent: Folder | undefined,
  ) {
    this.#target = target;
    this.path = path;
    this.type = type;
    this.stat = stat;
    this.content = content;
    this.parent = parent;
  }

  get place(): NativePath {
    return placeOf(this.#target, this.path, false);
  }
}

class Walk {
  readonly #options: WalkOptions;
  readonly #visitor: Visitor;
  readonly #folders: Folder[] = [];
  #last: Uint8Array | undefined;

  constructor(options: WalkOptions, visitor: Visitor) {
    this.#options = options;
    this.#visitor = visitor;
  }

  /** Leaves the directories that a path does not lie in; without a path, all. */
  climb(path: Uint8Array | undefined): Promise<void> | undefined {
    const top = this.#folders.at(-1);
    if (!top || (path && isWithin(path, top.path))) return undefined;
    return this.#climb(path);
  }

  async #climb(path: Uint8Array | undefined): Promise<void> {
    for (
      let top = this.#folders.at(-1);
      top && !(path && isWithin(path, top.path));
      top = this.#folders.at(-1)
    ) {
      this.#folders.pop();
      if (top.entered) await this.#visitor.leave(top);
    }
  }

  visit(path: Uint8Array, cursor: RunCursor): Promise<void> | undefined {
    this.#checkOrder(path);
    const parent = this.#folders.at(-1);
    const slash = path.lastIndexOf(SLASH);
    parent?.extra?.claim(path.subarray(slash + 1));
    const selected = this.#options.matcher.matches(path);
    const type = typeOf(cursor);
    if (!selected && (type !== 'directory' || !this.#options.matcher.leadsTo(path))) return undefined;
    const refusal = this.#refusalOf(path, slash, parent);
    if (refusal !== undefined) {
      if (selected) this.#visitor.refused(path.slice(), { reason: refusal, code: 'EINVAL' });
      return undefined;
    }
    if (type === 'directory')
      return this.#descend({
        path: path.slice(),
        place: placeOf(this.#options.target, path, true),
        stat: decodeStat(cursor.stat()),
        content: cursor.content().slice(),
        parent,
        selected,
        entered: false,
      });
    if (parent) this.#enter(parent);
    if (type === 'file' && this.#visitor.passesFiles) return undefined;
    return this.#visitor.entry(
      new FoundEntry(this.#options.target, path, type, cursor.stat(), cursor.content(), parent),
    );
  }

  /** An order or a repetition that cannot be would let one entry slip past what was checked for another. */
  #checkOrder(path: Uint8Array): void {
    if (this.#last && comparePaths(this.#last, path) >= 0) {
      throw damaged('the state of a snapshot', 'its entries are out of order');
    }
    this.#last = path;
  }

  #refusalOf(path: Uint8Array, slash: number, parent: Folder | undefined): string | undefined {
    const isBelow = slash === -1 ? parent === undefined : parent?.path.length === slash;
    if (!isBelow) return 'it lies in something that is not a directory';
    const { target } = this.#options;
    if (!parent) return refusalOf(target, path);
    // The directory was not refused: only the name is new.
    return refusalOfName(target, path, slash + 1) ?? this.#refusalOfTwin(path.subarray(slash + 1), parent);
  }

  /** The first of names that are one here has it: the second would take its place. */
  #refusalOfTwin(name: Uint8Array, parent: Folder): string | undefined {
    const { folds, fromWindows } = this.#options.target;
    if (!folds || fromWindows) return undefined;
    parent.taken ??= new Set();
    const key = nameKey(name, folds);
    if (parent.taken.has(key)) return TWIN;
    parent.taken.add(key);
    return undefined;
  }

  #descend(folder: Folder): undefined {
    this.#folders.push(folder);
    if (folder.selected) this.#enter(folder);
    return undefined;
  }

  /** The way down first. */
  #enter(folder: Folder): void {
    if (folder.entered) return;
    if (folder.parent) this.#enter(folder.parent);
    folder.entered = true;
    this.#visitor.enter(folder);
  }
}

/** The type stands first in a stat's one encoding: most entries of most walks are not decoded further. */
function typeOf(cursor: RunCursor): EntryType {
  const { batch, statStart } = cursor;
  const isFirst = batch[statStart] === 3 && batch[statStart + 1] === 1;
  const type = isFirst ? entryTypes[(batch[statStart + 2] as number) - 1] : undefined;
  return type ?? decodeStat(cursor.stat()).type;
}
