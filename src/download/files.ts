import type { BigIntStats } from 'node:fs';
import { decodeStat, type Stat } from '../model/entry.ts';
import { sizeOf } from '../model/tally.ts';
import { decide, type Existing, type Overwrite } from './decide.ts';
import type { Extras } from './extras.ts';
import { type Failure, failureOf, refusal } from './failures.ts';
import type { Filler } from './filler.ts';
import type { FolderNotes } from './folder-notes.ts';
import { directoryOf, lookAt, makeFolder, makeTop } from './folders.ts';
import { type HardLinks, mayHaveNames } from './hard-links.ts';
import { dataOf } from './lengths.ts';
import type { Outcome } from './outcome.ts';
import { fileFlags } from './tasks.ts';
import type { Turns } from './turns.ts';
import type { Folder, Found, Visitor } from './walk.ts';

export interface FileParts {
  filler: Filler;
  outcome: Outcome;
  links: HardLinks;
  notes: FolderNotes;
  overwrite: Overwrite;
  /** Compare data even where size and time agree. */
  distrust: boolean;
  /** Sets owner and mode of a file whose data are right. */
  touch: (existing: Existing, stat: Stat) => void;
  /** Takes away a directory that stands where a file goes; absent: it stays. */
  extras?: Extras | undefined;
  /** Notes of each file whether it is the snapshot's. */
  turns: Turns;
}

/** The first way through the tree: directories are made, files are handed on in windows. The rest comes when they are there. */
export class FileVisitor implements Visitor {
  readonly #parts: FileParts;
  /** Of the file that is looked at: it stays as it is. */
  #isLeft = false;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  enter(folder: Folder): void {
    const { outcome, notes, overwrite } = this.#parts;
    if (!folder.parent) makeTop(directoryOf(folder.place));
    const { state, there, failure } = makeFolder(folder, overwrite);
    if (failure) outcome.fail(folder.path, failure);
    if (state === 'fresh') outcome.directories++;
    notes.note(folder, there);
  }

  entry(found: Found): Promise<void> | undefined {
    if (found.type !== 'file') return undefined;
    this.#isLeft = false;
    try {
      if (!found.parent) makeTop(directoryOf(found.place));
      return this.#isFirst(found) ? this.#file(found) : undefined;
    } catch (error) {
      this.#parts.outcome.fail(found.path, failureOf(error));
      return undefined;
    } finally {
      this.#parts.turns.mark(!this.#isLeft);
    }
  }

  leave(): undefined {}

  refused(path: Uint8Array, failure: Failure): void {
    this.#parts.outcome.fail(path, failure);
  }

  /** Decoding a stat costs more than all else that is done here for a small file: it is not done without need. */
  #isFirst(found: Found): boolean {
    return !mayHaveNames(found.stat) || this.#parts.links.isFirst(found, decodeStat(found.stat));
  }

  #file(found: Found): Promise<void> | undefined {
    const state = found.parent?.state;
    if (state === 'failed') throw refusal('its directory could not be made');
    const data = dataOf(sizeOf(found.stat), found.content);
    const there = state === 'fresh' ? undefined : lookAt(found.place);
    if (there && !this.#isToWrite(found, there, data.length)) return undefined;
    return this.#parts.filler.add(found, data, there?.isFile() ? fileFlags.existing : 0);
  }

  #isToWrite(found: Found, there: BigIntStats, length: number): boolean {
    const stat = decodeStat(found.stat);
    const { links, outcome, extras, touch } = this.#parts;
    const decision = decide(there, stat, { ...this.#parts, length });
    if (decision === 'replace') return true;
    if (decision === 'blocked') {
      if (extras?.remove(found.path, found.place)) return true;
      throw refusal('a directory is in its place');
    }
    if (decision === 'touch') touch({ place: found.place, there }, stat);
    else {
      this.#isLeft = true;
      links.forget(stat);
    }
    outcome.unchanged++;
    return false;
  }
}
