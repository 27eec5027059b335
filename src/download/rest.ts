import type { BigIntStats } from 'node:fs';
import { decodeStat, type Stat } from '../model/entry.ts';
import type { NativePath } from '../scan/disk.ts';
import { type Attributes, hasTime } from './attributes.ts';
import { decideOther, type Overwrite } from './decide.ts';
import type { Extras } from './extras.ts';
import { failureOf, refusal } from './failures.ts';
import type { FolderNotes } from './folder-notes.ts';
import { isFolder, lookAt } from './folders.ts';
import type { FirstName, HardLinks } from './hard-links.ts';
import { isSameFile, isSameLink, makeFifo, makeOtherName, makeSymlink } from './links.ts';
import type { Outcome } from './outcome.ts';
import type { TurnReader } from './turns.ts';
import type { Folder, Found, Visitor } from './walk.ts';
import type { WindowsMetadata } from './windows-metadata.ts';

export interface RestParts {
  attributes: Attributes;
  outcome: Outcome;
  links: HardLinks;
  notes: FolderNotes;
  overwrite: Overwrite;
  /** Takes away what the snapshot has not; absent: it stays. */
  extras?: Extras | undefined;
  /** On Windows: what is set at the very end, and of which files. */
  windows?: { metadata: WindowsMetadata; turns: TurnReader } | undefined;
}

/** What an entry that is no file of its own comes down to. */
interface Making {
  /** What is there is this already. */
  isThere(there: BigIntStats): boolean;
  make(): void;
  /** Sets attributes of what is there already. */
  touch(): void;
}

/**
 * The second way through the tree, when all files are whole: other names of files, links, FIFOs; and on the way up what is too
 * much goes and directories get their attributes, which nothing changes afterwards.
 */
export class RestVisitor implements Visitor {
  readonly #parts: RestParts;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  get passesFiles(): boolean {
    const { windows, links } = this.#parts;
    return !windows && links.isEmpty;
  }

  enter(folder: Folder): void {
    const isThere = folder.parent?.state !== 'failed' && isFolder(folder.place);
    folder.state = isThere ? 'present' : 'failed';
    if (!isThere || !folder.selected) return;
    this.#guard(folder.path, () => this.#parts.extras?.list(folder));
  }

  entry(found: Found): Promise<void> | undefined {
    const { windows, links } = this.#parts;
    const isOurs = found.type === 'file' && windows?.turns.next();
    if (found.type !== 'file' || !links.isEmpty) this.#make(found);
    return isOurs ? this.#complete(found) : undefined;
  }

  #make(found: Found): void {
    this.#guard(found.path, () => {
      const stat = decodeStat(found.stat);
      const making = this.#makingOf(found, stat);
      if (making) this.#carryOut(found, stat, making);
    });
  }

  leave(folder: Folder): Promise<void> | undefined {
    if (folder.state !== 'present') return undefined;
    const { extras, notes, attributes, windows } = this.#parts;
    this.#guard(folder.path, () => {
      extras?.clear(folder);
      notes.settle(folder, attributes);
    });
    return windows && notes.isOurs(folder) ? this.#setMetadata(folder) : undefined;
  }

  /** Of several names of a file, the first is enough. */
  async #complete(found: Found): Promise<void> {
    const { links, outcome } = this.#parts;
    const stat = decodeStat(found.stat);
    if (links.firstOf(found, stat) || outcome.hasFailed(found.path)) return;
    const there = lookAt(found.place);
    if (there?.isFile() && hasTime(there, stat.mtime)) {
      const { path, place, content } = found;
      await this.#setMetadata({ path, place, content, stat });
    }
  }

  async #setMetadata({ path, place, stat, content }: Pick<Folder, 'path' | 'place' | 'stat' | 'content'>) {
    try {
      await this.#parts.windows?.metadata.set(place, stat, content);
    } catch (error) {
      this.#parts.outcome.fail(path, failureOf(error));
    }
  }

  /** The first way told of it. */
  refused(): void {}

  #makingOf({ path, place, type }: Found, stat: Stat): Making | undefined {
    const { attributes, links, outcome } = this.#parts;
    switch (type) {
      case 'file': {
        const first = links.firstOf({ path }, stat);
        return first && this.#secondName(first, place, stat);
      }
      case 'symlink':
        return {
          isThere: (there) => isSameLink(place, there, stat),
          make: () => makeSymlink(place, stat, attributes),
          touch: () => attributes.setLink(place, stat),
        };
      case 'fifo':
        return {
          isThere: (there) => there.isFIFO(),
          make: () => makeFifo(place, stat, attributes),
          touch: () => attributes.setSpecial(place, stat),
        };
      case 'socket':
        outcome.warn(path, 'a socket is not restored: its program makes it anew');
        return undefined;
      default:
        throw refusal('a device is not restored', 'ENOTSUP');
    }
  }

  #secondName(first: FirstName, place: NativePath, stat: Stat): Making {
    if (this.#parts.outcome.hasFailed(first.path))
      throw refusal('the file it is another name of failed', 'EIO');
    return {
      isThere: (there) => isSameFile(first.place, there),
      make: () => makeOtherName(first.place, place, stat, this.#parts),
      touch: () => {},
    };
  }

  #carryOut({ path, place, parent }: Found, stat: Stat, making: Making): void {
    const { overwrite, outcome, extras } = this.#parts;
    if (parent?.state === 'failed') throw refusal('its directory could not be made', 'ENOENT');
    const there = lookAt(place);
    const decision = there && decideOther(there, stat, { overwrite, same: making.isThere(there) });
    if (decision === 'blocked' && !extras?.remove(path, place)) throw refusal('a directory is in its place');
    if (decision === 'leave') outcome.unchanged++;
    else if (decision === 'touch' || (there && making.isThere(there))) {
      making.touch();
      outcome.unchanged++;
    } else {
      making.make();
      outcome.links++;
    }
  }

  /** One path that fails is named, and the others go on. */
  #guard(path: Uint8Array, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#parts.outcome.fail(path, failureOf(error));
    }
  }
}
