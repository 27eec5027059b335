import { chmodSync, lutimesSync, mkdirSync, rmSync } from 'node:fs';
import { Semaphore } from '../flow/semaphore.ts';
import type { Stat } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import { timeForNode } from '../model/time.ts';
import type { NativePath } from '../scan/disk.ts';
import { joinNative, nativeOf } from '../scan/native-path.ts';
import { lookAt, makeLink, moveFile, nameFile, removeFile, removeIfEmpty } from './files.ts';
import { FolderChain, InTheWay } from './folder-chain.ts';
import type { Found } from './found.ts';
import type { Ground } from './ground.ts';
import { isVersion, mirrorMode, type Step } from './judge.ts';
import { deletedLine, isRecentCopy, lastLine, lineOf, versionLine } from './lines.ts';
import type { Outcome } from './outcome.ts';
import { pathText } from './paths.ts';
import type { RecordEntry } from './record.ts';
import { sameData } from './same-data.ts';
import type { Shelf } from './shelf.ts';
import type { MirrorSource, Version } from './source.ts';
import { type Failure, failureOf, failureToRead } from './target-errors.ts';

export interface WorkParts {
  ground: Ground;
  source: MirrorSource;
  shelf: Shelf;
  outcome: Outcome;
  /** The name that the increment will have. */
  own: string;
}

type Line = RecordEntry | undefined;

/**
 * Carries out steps, which come in the order of paths. What must happen in that order happens at once; files are copied beside one
 * another. The increment has what the mirror is about to lose before the mirror loses it, so that a run may end between any two
 * lines.
 */
export class Work {
  readonly #parts: WorkParts;
  readonly #chain: FolderChain;
  readonly #room: Semaphore;
  /** Directories that vanished, until everything below them has. */
  readonly #leaving: Uint8Array[] = [];
  /** The last directory that was moved away whole. */
  #moved: Uint8Array | undefined;

  constructor(parts: WorkParts) {
    this.#parts = parts;
    this.#chain = new FolderChain(parts.ground.mirror);
    this.#room = new Semaphore(parts.source.copiesAhead);
  }

  /** @returns the line of the record. @throws `disk-full`, `target` */
  carryOut(step: Step): Line | Promise<Line> {
    try {
      this.#climb(step.path);
      const line = this.#act(step);
      return line instanceof Promise ? line.catch((error: unknown) => this.#failed(step, error)) : line;
    } catch (error) {
      return this.#failed(step, error);
    }
  }

  /** Removes what directories are left over. */
  finish(): void {
    this.#climb(undefined);
  }

  #act(step: Step): Line | Promise<Line> {
    switch (step.act) {
      case 'keep':
        return this.#keep(step);
      case 'copy':
      case 'compare':
        return this.#copy(step);
      case 'link':
        return this.#link(step);
      case 'folder':
        return this.#folder(step);
      case 'drop':
        return this.#drop(step);
      case 'gone':
        this.#parts.shelf.untrack(step.path);
        return deletedLine(step);
      case 'unseen':
        return lastLine(step);
    }
  }

  #keep(step: Step): Line {
    const { stat } = step.source as Found;
    const place = this.#chain.place(step.path);
    this.#mend(step, place);
    const line = lineOf(step, stat, this.#hold(step, place));
    return step.operation !== 'same' && stat.type === 'file' && isRecentCopy(step)
      ? { ...line, recent: true }
      : line;
  }

  #mend({ mend, source }: Step, place: NativePath): void {
    if (!mend) return;
    chmodSync(place, mirrorMode((source as Found).stat));
    this.#parts.outcome.changed = true;
  }

  /** Makes sure that an increment has a tracked version that the mirror has. @returns which */
  #hold({ tracked, operation, last, path }: Step, place: NativePath): string | undefined {
    const { shelf, own } = this.#parts;
    if (!tracked) return undefined;
    if (operation === 'same' && last?.heldBy !== undefined) return last.heldBy;
    shelf.track(path, place);
    return own;
  }

  #copy(step: Step): Promise<Line> {
    const place = this.#placeFor(step);
    return this.#room.run(() => this.#copyFile(step, place));
  }

  async #copyFile(step: Step, place: NativePath): Promise<Line> {
    const { source, shelf, outcome } = this.#parts;
    const draft = shelf.draft();
    const copied = await source.copy(step.source as Found, draft);
    if (copied.kind === 'copied') {
      if (copied.torn) outcome.tear(this.#shown(step));
      return await this.#put(step, place, draft, copied);
    }
    if (copied.kind === 'failed') outcome.skip(this.#shown(step), failureToRead(copied));
    return lastLine(step);
  }

  async #put(step: Step, place: NativePath, draft: string, version: Version): Promise<Line> {
    const { outcome } = this.#parts;
    outcome.bytesCopied += version.size;
    if (step.act === 'compare' && (await sameData(draft, place))) {
      rmSync(draft);
      this.#mend(step, place);
      return versionLine(step, version, this.#hold(step, place));
    }
    this.#replace(step, place, draft);
    const done = { ...step, operation: this.#operationOf(step, version) };
    return versionLine(done, version, this.#hold(done, place));
  }

  /** By what was read: the file may be another since it was found; and a version that no increment has any more is kept anew. */
  #operationOf(step: Step, version: Version): Step['operation'] {
    const { last, act, operation } = step;
    if (operation !== 'same' || !last) return operation;
    const isLast = act === 'copy' && isVersion(version, last, 0);
    return isLast && (!step.tracked || this.#parts.shelf.isHeld(last)) ? 'same' : 'changed';
  }

  #link(step: Step): Line {
    const { shelf } = this.#parts;
    const { stat } = step.source as Found;
    const place = this.#placeFor(step);
    const draft = shelf.draft();
    makeLink(stat, draft);
    const time = timeForNode(stat.mtime);
    lutimesSync(draft, time, time);
    this.#replace(step, place, draft);
    return lineOf(step, stat, this.#hold(step, place));
  }

  /** The place of a file or link: a directory that has it makes room. */
  #placeFor({ path, mirror }: Step): NativePath {
    const place = this.#chain.place(path);
    if (mirror?.stat.type === 'directory') {
      this.#parts.shelf.takeFolder(path, place);
      this.#moved = path;
      this.#parts.outcome.changed = true;
    }
    return place;
  }

  /** The one place where the mirror gets a file. What was there stays, whole, until the new one has its name. */
  #replace(step: Step, place: NativePath, draft: string): void {
    if (step.mirror && step.mirror.stat.type !== 'directory') {
      this.#keepOld(step, place);
      moveFile(draft, place);
    } else {
      if (lookAt(place)) throw new Twin();
      nameFile(draft, place);
    }
    this.#parts.outcome.changed = true;
  }

  /** The version that is about to be replaced, unless it is no tracked one, or an increment has it. */
  #keepOld({ path, mirror, last, tracked }: Step, place: NativePath): void {
    if (!lookAt(place) || !(last?.tracked ?? tracked)) return;
    const stat = (mirror as Found).stat;
    const isLast = last?.type === stat.type && isVersion(stat, last, this.#parts.ground.precision);
    if (!isLast || !this.#parts.shelf.isHeld(last)) this.#parts.shelf.keep(path, place);
  }

  #folder(step: Step): Line {
    const { stat } = step.source as Found;
    const place = this.#chain.place(step.path);
    if (step.mirror?.stat.type === 'directory') this.#mend(step, place);
    else this.#makeFolder(step, place, stat);
    return lineOf(step, stat, undefined);
  }

  #makeFolder(step: Step, place: NativePath, stat: Stat): void {
    if (step.mirror) this.#remove(step.path, place, step.last?.tracked ?? step.tracked);
    else if (lookAt(place)) throw new Twin();
    mkdirSync(place);
    chmodSync(place, mirrorMode(stat));
    this.#parts.outcome.changed = true;
  }

  #drop(step: Step): Line {
    const { shelf, outcome } = this.#parts;
    const { path, mirror, tracked } = step;
    outcome.changed = true;
    shelf.untrack(path);
    if (this.#moved && isWithin(path, this.#moved)) {
      if (!tracked) shelf.dropTaken(path);
    } else if (mirror?.stat.type === 'directory') this.#leaving.push(path);
    else this.#remove(path, this.#chain.place(path), tracked);
    return deletedLine(step);
  }

  #remove(path: Uint8Array, place: NativePath, tracked: boolean): void {
    if (tracked) this.#parts.shelf.take(path, place);
    else removeFile(place);
  }

  #climb(path: Uint8Array | undefined): void {
    for (let top = this.#leaving.at(-1); top && !(path && isWithin(path, top)); top = this.#leaving.at(-1)) {
      this.#leaving.pop();
      this.#chain.forget();
      removeIfEmpty(joinNative(this.#parts.ground.mirror, nativeOf(top)));
    }
  }

  #failed(step: Step, error: unknown): Line {
    this.#parts.outcome.skip(this.#shown(step), this.#failureOf(error));
    return lastLine(step);
  }

  #failureOf(error: unknown): Failure {
    if (error instanceof Twin || error instanceof InTheWay) return { reason: error.message, code: 'EEXIST' };
    return failureOf(error, this.#parts.ground.to);
  }

  #shown({ source, path }: Step): string {
    return source ? this.#parts.source.show(source.entry) : pathText(path);
  }
}

/** Where the mirror has nothing of a name there is something all the same. */
class Twin extends Error {
  constructor() {
    super('another name in its directory differs from it only in case or spelling');
  }
}
