import type { Difference } from '../diff/diff.ts';
import { isTracked } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import type { Rung } from '../model/snapshot.ts';
import { hasManyNames, isDirectory, isFile, sizeOf } from '../model/tally.ts';
import { Writer } from '../model/wire.ts';
import { isTransient } from '../read/transient.ts';
import type { Changes } from './changes.ts';
import { fileContent } from './changes.ts';
import type { Hints } from './hints.ts';
import { isNews, type LateFiles } from './late-files.ts';
import { isOfAnother, LinkedReadings, type Read } from './linked-readings.ts';
import { bytesOf, endsDirectory, type Outcomes, type Put } from './outcomes.ts';
import type { Readings } from './readings.ts';
import type { FileToRead, ReadResult } from './tasks.ts';

/** Differences that wait for the ones before them. */
const MOST_WAITING = 4096;
const NO_CONTENT = new Uint8Array(0);
const EMPTY_FILE = fileContent(new Writer(8), NO_CONTENT, 0).slice();

export interface UploaderOptions {
  readings: Readings;
  /** Where the file of an entry lies. */
  locate: (path: Uint8Array) => Place | Promise<Place>;
  hints: Hints;
  /** Whether all that a content names is stored, however deep its list. */
  isStored: (content: Uint8Array) => Promise<boolean>;
  changes: Changes;
  outcomes: Outcomes;
  /** Takes files that others hold. */
  late: LateFiles;
  /** Whether trying a file before the end of the push is known to be in vain. */
  isUsuallyHeld: (path: Uint8Array) => boolean;
  /** Files and directories have something attached to them that is stored, too (Windows). */
  readsAttached: boolean;
  /** A file that was read at once. */
  onFree: (path: Uint8Array) => void;
  /** The same as before, by its metadata. */
  onUnchanged: (stat: Uint8Array) => void;
  /** An entry is finished. */
  onDone: (path: Uint8Array, bytes: number) => void;
}

/** Where a file is read: native, as bytes. */
export interface Place {
  path: Uint8Array;
  /** The live path, if `path` lies in a frozen view. */
  live?: Uint8Array;
}

type MaybeLater<T> = T | Promise<T>;

/** A difference in its place, and what its entry waits for. */
interface Slot extends Partial<Read> {
  difference: Difference;
  /** What is read. */
  file?: FileToRead;
  /** It was taken from a frozen view: what is missing there may still be on the live volume. */
  live?: Uint8Array | undefined;
  /** Known without reading. */
  content?: Uint8Array;
}

/**
 * Turns differences into changes: reads what must be read, many files at a time, and keeps the order. Everything that a file can
 * do between the scan and its reading ends in one of four ways: put, left for later, carried over, or passed over.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #slots: Slot[] = [];
  readonly #linked = new LinkedReadings();
  /** A directory that is gone: what lay below it may still come. */
  #gone: Uint8Array | undefined;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Takes differences in the order of paths. Resolves when there is room for more. */
  async take(batch: Difference[]): Promise<void> {
    for (const difference of batch) {
      if (this.#gone && !isWithin(difference.path, this.#gone)) this.#gone = undefined;
      if (endsDirectory(difference)) this.#gone ??= difference.path;
      const begun = this.#begin(difference);
      const slot = begun instanceof Promise ? await begun : begun;
      if (slot) this.#slots.push(slot);
    }
    await this.#drain(MOST_WAITING);
  }

  /** False while what lies below a directory that is gone may still come: nothing may be committed then. */
  get isAtRest(): boolean {
    return this.#gone === undefined;
  }

  /** Notes what was read, whatever came before it: for a journal, which may have gaps. */
  keepWhatIsDone(): void {
    const { changes } = this.#options;
    for (const slot of this.#slots)
      if (slot.reading?.result && !isOfAnother(slot)) this.#settle(slot, slot.reading.result);
    this.#slots.length = 0;
    changes.flush();
  }

  /** Resolves when all that was taken stands in the changes. */
  async finish(): Promise<void> {
    await this.#drain(0);
    this.#options.changes.flush();
  }

  async close(): Promise<void> {
    await this.#options.hints.close();
  }

  /** No promise where there is nothing to wait for: of 100,000 files, they were a fiftieth of a first push. */
  #begin(difference: Difference): MaybeLater<Slot | undefined> {
    switch (difference.kind) {
      case 'deleted':
      case 'touched':
        return { difference };
      case 'unverified':
        return this.#beginUnverified(difference);
      default:
        return this.#beginPut(difference);
    }
  }

  async #beginUnverified(difference: Difference & { kind: 'unverified' }): Promise<Slot | undefined> {
    const { path, stat, before } = difference;
    if (!(await this.#options.isStored(before.content)))
      return await this.#beginPut({ ...difference, kind: 'changed', isBroken: true });
    const isSame =
      Buffer.compare(stat, before.stat) === 0 && isTracked(before.content) === !difference.untracked;
    if (!isSame) return { difference: { ...difference, kind: 'touched' } };
    this.#options.onUnchanged(stat);
    this.#options.onDone(path, 0);
    return undefined;
  }

  #beginPut(difference: Put): MaybeLater<Slot | undefined> {
    const { path, stat } = difference;
    const content = this.#knownContent(stat);
    if (content) return { difference, content };
    const hint = this.#options.hints.find(path, stat);
    return hint ? this.#beginHinted(difference, hint) : this.#beginRead(difference);
  }

  async #beginHinted(difference: Put, hint: Promise<Uint8Array | undefined>): Promise<Slot | undefined> {
    const content = await hint;
    return content ? { difference, content } : await this.#beginRead(difference);
  }

  /** Of what need not be read. */
  #knownContent(stat: Uint8Array): Uint8Array | undefined {
    const { readsAttached } = this.#options;
    if (readsAttached && (isFile(stat) || isDirectory(stat))) return undefined;
    if (!isFile(stat)) return NO_CONTENT;
    return sizeOf(stat) === 0 ? EMPTY_FILE : undefined;
  }

  #beginRead(difference: Put): MaybeLater<Slot | undefined> {
    const place = this.#options.locate(difference.path);
    if (place instanceof Promise) return place.then((found) => this.#beginReadAt(difference, found));
    return this.#beginReadAt(difference, place);
  }

  #beginReadAt(difference: Put, { path: native, live }: Place): Slot | undefined {
    const edited = difference.kind === 'changed' && isFile(difference.before.stat);
    const { stat } = difference;
    const file = { path: native, stat, size: sizeOf(stat), edited };
    const { late, isUsuallyHeld } = this.#options;
    if (!live && isUsuallyHeld(difference.path) && late.defer(difference, file)) return undefined;
    return { difference, file, live, ...this.#read(file) };
  }

  #read(file: FileToRead): Read {
    const { readings } = this.#options;
    return hasManyNames(file.stat) ? this.#linked.read(file, readings) : { reading: readings.read(file) };
  }

  /** Writes down what is known, in order; waits until no more than `most` wait. */
  async #drain(most: number): Promise<void> {
    let done = 0;
    try {
      for (; done < this.#slots.length; done++) {
        const slot = this.#slots[done] as Slot;
        this.#readByItself(slot);
        while (isUnderWay(slot) && this.#slots.length - done > most) await this.#moreOf(slot);
        if (isUnderWay(slot)) break;
        this.#settle(slot, slot.reading?.result);
      }
    } finally {
      // Also when it is interrupted: what is written down must not be once more.
      this.#slots.splice(0, done);
    }
  }

  /** Waits until more is known of a file that is being read. */
  async #moreOf(slot: ReadUnderWay): Promise<void> {
    // Its group may not have been handed over yet.
    this.#options.readings.flush();
    await slot.reading.done;
    this.#readByItself(slot);
  }

  /** Where what was read under another name is something else. */
  #readByItself(slot: Slot): void {
    if (!slot.file || !isOfAnother(slot)) return;
    slot.reading = this.#options.readings.read(slot.file);
    slot.isShared = false;
  }

  #settle(slot: Slot, result: ReadResult | undefined): void {
    const { outcomes, onDone } = this.#options;
    const { difference, content } = slot;
    if (difference.kind === 'deleted') outcomes.delete(difference.path);
    else if (difference.kind === 'touched') outcomes.touch(difference);
    else if (difference.kind !== 'unverified') {
      if (result && !this.#settleRead(slot as ReadSlot, result)) return;
      if (!result) outcomes.put(difference, difference.stat, content ?? NO_CONTENT);
    }
    onDone(difference.path, bytesOf(difference));
  }

  /** @returns false if the file was left for later */
  #settleRead({ difference, reading, file, live }: ReadSlot, result: ReadResult): boolean {
    const { outcomes, late, onFree } = this.#options;
    if (result.kind === 'read') {
      if (!live) onFree(difference.path);
      outcomes.read(difference, result, reading.asked);
      return true;
    }
    const liveFile = live ? { ...file, path: live } : file;
    // Whatever a frozen view does not give (it may run full, or be older than the file) may still be had live.
    const mayBeFree = live !== undefined || isTransient(result.code);
    if (mayBeFree && late.defer(difference, liveFile, result, live !== undefined)) return false;
    const isTold = live !== undefined || isNews(difference, result);
    outcomes.carryOver(difference, isTold);
    const tried: Rung[] = isTransient(result.code) ? ['shared', 'retry'] : ['shared'];
    if (isTold) late.skip(difference, liveFile, result, tried);
    return true;
  }
}

/** One whose file was read. */
type ReadSlot = Slot & Required<Pick<Slot, 'reading' | 'file'>> & { difference: Put };

type ReadUnderWay = Slot & Required<Pick<Slot, 'reading'>>;

/** Nothing is known of its file yet. */
function isUnderWay(slot: Slot): slot is ReadUnderWay {
  return slot.reading !== undefined && slot.reading.result === undefined;
}
