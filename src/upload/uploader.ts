import type { Difference } from '../diff/diff.ts';
import { decodeStat, marks, withMarks } from '../model/entry.ts';
import { isWithin } from '../model/path.ts';
import type { Statistics } from '../model/snapshot.ts';
import { hasManyNames, isDirectory, isFile, isRacy, sizeOf, type Tally } from '../model/tally.ts';
import { Writer } from '../model/wire.ts';
import type { Changes } from './changes.ts';
import { fileContent } from './changes.ts';
import type { Hints } from './hints.ts';
import type { Reading, Readings } from './readings.ts';
import type { ReadResult } from './tasks.ts';

/** Differences that wait for the ones before them. */
const MOST_WAITING = 4096;
const NO_CONTENT = new Uint8Array(0);
const EMPTY_FILE = fileContent(new Writer(8), NO_CONTENT, 0).slice();

export interface UploaderOptions {
  readings: Readings;
  /** Where the file of an entry lies, native, as bytes. */
  locate: (path: Uint8Array) => Uint8Array;
  hints: Hints;
  /** Whether all that a content names is stored, however deep its list. */
  isStored: (content: Uint8Array) => Promise<boolean>;
  changes: Changes;
  /** Takes in what the state will have. */
  tally: Tally;
  statistics: Pick<Statistics, 'new' | 'changed' | 'deleted' | 'unchanged' | 'bytesRead'>;
  /** A file could not be read. */
  onSkipped: (path: Uint8Array, code: string, message: string) => void;
  /** An entry is finished. */
  onDone: (path: Uint8Array, bytes: number) => void;
}

/** A difference in its place, and what its entry waits for. */
interface Slot {
  difference: Difference;
  reading?: Reading;
  /** Known without reading. */
  content?: Uint8Array;
}

/**
 * Turns differences into changes: reads what must be read, many files at a time, and keeps the order. Everything that a file can
 * do between the scan and its reading ends here in one of four ways: put, deleted, carried over, or passed over.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #slots: Slot[] = [];
  /** Readings of files that have names left to come, by device and inode. */
  readonly #linked = new Map<string, { reading: Reading; names: number }>();

  readonly #scratch = new Writer(4096);
  #gone: Uint8Array | undefined;

  constructor(options: UploaderOptions) {
    this.#options = options;
  }

  /** Takes differences in the order of paths. Resolves when there is room for more. */
  async take(batch: Difference[]): Promise<void> {
    for (const difference of batch) {
      if (this.#gone && !isWithin(difference.path, this.#gone)) this.#gone = undefined;
      if (endsDirectory(difference)) this.#gone ??= difference.path;
      const slot = await this.#begin(difference);
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
    for (const slot of this.#slots) if (slot.reading?.result) this.#settle(slot, slot.reading.result);
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

  async #begin(difference: Difference): Promise<Slot | undefined> {
    switch (difference.kind) {
      case 'deleted':
      case 'touched':
        return { difference };
      case 'unverified':
        return await this.#beginUnverified(difference);
      default:
        return await this.#beginPut(difference);
    }
  }

  async #beginUnverified(difference: Difference & { kind: 'unverified' }): Promise<Slot | undefined> {
    const { path, stat, before } = difference;
    if (!(await this.#options.isStored(before.content)))
      return await this.#beginPut({ ...difference, kind: 'changed' });
    if (Buffer.compare(stat, before.stat) !== 0) return { difference: { ...difference, kind: 'touched' } };
    this.#options.tally.add(stat);
    this.#options.statistics.unchanged++;
    this.#options.onDone(path, 0);
    return undefined;
  }

  async #beginPut(difference: Put): Promise<Slot> {
    const { path, stat } = difference;
    if (!isFile(stat)) return { difference, content: NO_CONTENT };
    if (sizeOf(stat) === 0) return { difference, content: EMPTY_FILE };
    const content = await this.#options.hints.find(path, stat);
    return content ? { difference, content } : { difference, reading: this.#read(difference) };
  }

  #read(difference: Put): Reading {
    const { path, stat } = difference;
    const edited = difference.kind === 'changed' && isFile(difference.before.stat);
    const file = { path: this.#options.locate(path), stat, size: sizeOf(stat), edited };
    if (!hasManyNames(stat)) return this.#options.readings.read(file);
    const { device, inode, links = 2 } = decodeStat(stat);
    const group = `${device}:${inode}`;
    const { reading, names } = this.#linked.get(group) ?? {
      reading: this.#options.readings.read(file),
      names: links,
    };
    if (names > 1) this.#linked.set(group, { reading, names: names - 1 });
    else this.#linked.delete(group);
    return reading;
  }

  /** Writes down what is known, in order; waits until no more than `most` wait. */
  async #drain(most: number): Promise<void> {
    let done = 0;
    for (; done < this.#slots.length; done++) {
      const { reading } = this.#slots[done] as Slot;
      if (!reading || reading.result) this.#settle(this.#slots[done] as Slot, reading?.result);
      else if (this.#slots.length - done <= most) break;
      else {
        // Its group may not have been handed over yet.
        this.#options.readings.flush();
        await reading.done;
        this.#settle(this.#slots[done] as Slot, reading.result);
      }
    }
    this.#slots.splice(0, done);
  }

  #settle({ difference, content, reading }: Slot, result: ReadResult | undefined): void {
    const { changes, tally, statistics, onDone } = this.#options;
    const { path } = difference;
    if (difference.kind === 'deleted') {
      changes.delete(path);
      statistics.deleted++;
    } else if (difference.kind === 'touched') {
      changes.put(path, difference.stat, difference.before.content);
      tally.add(difference.stat);
      statistics.changed++;
    } else if (difference.kind !== 'unverified') {
      if (result && reading) this.#settleRead(difference, result, reading.asked);
      else this.#put(difference, difference.stat, content ?? NO_CONTENT);
    }
    onDone(path, 'stat' in difference ? sizeOf(difference.stat) : 0);
  }

  #settleRead(difference: Put, result: ReadResult, asked: number): void {
    if (result.kind === 'failed') {
      this.#settleFailed(difference, result);
      return;
    }
    const stat = result.stat ?? difference.stat;
    const mark = (result.changed ? marks.changedWhileReading : 0) | (isRacy(stat, asked) ? marks.racy : 0);
    this.#options.statistics.bytesRead += result.bytes;
    this.#put(difference, stat, fileContent(this.#scratch, result.items, mark));
  }

  /** One that is gone is deleted; one that cannot be read stays as it was. */
  #settleFailed(difference: Put, { code, message }: ReadResult & { kind: 'failed' }): void {
    const { changes, tally, statistics, onSkipped } = this.#options;
    const { path } = difference;
    const before = difference.kind === 'changed' ? difference.before : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (!before) return;
      changes.delete(path);
      statistics.deleted++;
      return;
    }
    onSkipped(path, code, message);
    if (!before) return;
    changes.put(path, before.stat, withMarks(before.content, marks.carriedOver));
    tally.add(before.stat);
    statistics.unchanged++;
  }

  #put(difference: Put, stat: Uint8Array, content: Uint8Array): void {
    const { changes, tally, statistics } = this.#options;
    changes.put(difference.path, stat, content);
    tally.add(stat);
    if (difference.kind === 'new') statistics.new++;
    else if (isAsBefore(difference, stat, content)) statistics.unchanged++;
    else statistics.changed++;
  }
}

type Put = Difference & { kind: 'new' | 'changed' };

/** True if only the marks differ: it was read again to be sure, and it was the same. */
function isAsBefore(
  { before }: Difference & { kind: 'changed' },
  stat: Uint8Array,
  content: Uint8Array,
): boolean {
  return (
    Buffer.compare(before.stat, stat) === 0 &&
    Buffer.compare(withMarks(before.content, 0), withMarks(content, 0)) === 0
  );
}

function endsDirectory(difference: Difference): boolean {
  if (difference.kind === 'new') return false;
  return (
    isDirectory(difference.before.stat) && (difference.kind === 'deleted' || !isDirectory(difference.stat))
  );
}
