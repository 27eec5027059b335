import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '../flow/make-directories.ts';
import { overlay } from '../model/overlay.ts';
import type { Run } from '../model/run.ts';
import { decodeTable, encodeTable, type Table } from '../pack/table.ts';
import { damagedLocally, FrameWriter, readFrames } from './frame-file.ts';
import { removeLocal, renameLocal } from './local-files.ts';
import { LockedFiles } from './locked-files.ts';

/*
 * What pushes of a job note on this machine: the journal of one under way, what one before it left, and the files that others held open.
 * All of it is a cache: checked when read, and discarded when in doubt.
 */

const JOURNALS = ['journal', 'late', 'packs', 'stripes', 'hints', 'packs-before', 'stripes-before'];

export class LocalJob {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What earlier pushes learned of files that others hold. */
  async lockedFiles(): Promise<LockedFiles> {
    return await LockedFiles.load(this.#path('locked.json'));
  }

  /** Begins the journal of a push; what an earlier one left is joined into `hints`. */
  async beginJournal(): Promise<Journal> {
    await makeDirectories(this.#directory, 0o700);
    await this.#joinJournals();
    return new Journal((name) => this.#path(name));
  }

  /** Entries that a push before this one read and stored, but did not commit. */
  hints(): Run {
    return this.#framesIfAny('hints');
  }

  /** The tables of packs that a push before this one stored, and no index names yet. */
  async *storedPacks(): AsyncGenerator<Table> {
    for await (const bytes of this.#framesIfAny('packs-before')) yield decodeTable(bytes, 'the journal');
  }

  /** What a push before this one noted of stripes of large files. */
  stripes(): Run {
    return this.#framesIfAny('stripes-before');
  }

  /** Whether an earlier push left a journal. */
  async hasHints(): Promise<boolean> {
    return (await this.#names()).includes('hints');
  }

  /** After a commit: what the journals hold is in the manifest. */
  async endJournal(): Promise<void> {
    for (const name of JOURNALS) await removeLocal(this.#path(name));
  }

  async #joinJournals(): Promise<void> {
    if (!(await this.#names()).some((name) => name === 'journal' || name === 'packs')) return;
    const entries = new FrameWriter(this.#path('joined'));
    const journal = overlay(this.#framesIfAny('journal'), this.#framesIfAny('late'), false);
    const joined = overlay(this.#framesIfAny('hints'), journal, false);
    for await (const batch of joined) entries.append(batch);
    entries.end();
    await this.#join('packs');
    await this.#join('stripes');
    await renameLocal(this.#path('joined'), this.#path('hints'));
    for (const name of ['packs', 'stripes', 'late', 'journal']) await removeLocal(this.#path(name));
  }

  /** Appends a journal's frames to those of the journals before it. */
  async #join(name: 'packs' | 'stripes'): Promise<void> {
    const joined = new FrameWriter(this.#path(`${name}-joined`));
    for (const part of [`${name}-before`, name]) {
      for await (const bytes of this.#framesIfAny(part)) joined.append(bytes);
    }
    joined.end();
    await renameLocal(this.#path(`${name}-joined`), this.#path(`${name}-before`));
  }

  async *#framesIfAny(name: string): AsyncGenerator<Uint8Array> {
    if ((await this.#names()).includes(name)) yield* readFrames(this.#path(name), 'stop');
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#directory);
    } catch {
      return []; // not made yet
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** What a push has done so far: for its manifest, and for the next push if this one is killed. */
export class Journal {
  readonly #path: (name: string) => string;
  readonly #entries: FrameWriter;
  readonly #late: FrameWriter;
  readonly #packs: FrameWriter;
  readonly #stripes: FrameWriter;
  #closed = false;
  /** Frames of entries so far, but for late ones. */
  frames = 0;
  #lateFrames = 0;

  /** @param path of the file of a journal */
  constructor(path: (name: string) => string) {
    this.#path = path;
    this.#entries = new FrameWriter(path('journal'));
    this.#late = new FrameWriter(path('late'));
    this.#packs = new FrameWriter(path('packs'));
    this.#stripes = new FrameWriter(path('stripes'));
  }

  /** Whether anything was noted. */
  get hasChanges(): boolean {
    return this.frames + this.#lateFrames > 0;
  }

  /** Changes in the order of their paths. Their chunks may still be under way: whoever reads this checks. */
  noteEntries(run: Uint8Array): void {
    if (run.length > 0) this.frames++;
    this.#entries.append(run);
  }

  /** Changes that came out of their order, at the end of a push; in order among themselves. */
  noteLate(run: Uint8Array): void {
    if (run.length > 0) this.#lateFrames++;
    this.#late.append(run);
  }

  /** What was noted from frame `first` on, and all that came late, as a run. @throws `damaged` */
  changes(first = 0): Run {
    const entries = this.#frames('journal', first, this.frames);
    if (this.#lateFrames === 0) return entries;
    return overlay(entries, this.#frames('late', 0, this.#lateFrames), true);
  }

  async *#frames(name: string, first: number, count: number): AsyncGenerator<Uint8Array> {
    let frame = 0;
    if (count === 0) return;
    for await (const run of readFrames(this.#path(name), 'stop')) {
      if (frame++ >= first) yield run;
    }
    if (frame < count) throw damagedLocally(this.#path(name));
  }

  /** Packs that are stored, whole. */
  notePacks(table: Table): void {
    this.#packs.append(encodeTable(table));
  }

  /** What was read of a stripe of a large file. */
  noteStripe(note: Uint8Array): void {
    this.#stripes.append(note);
  }

  /** May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#entries.close();
    this.#late.close();
    this.#packs.close();
    this.#stripes.close();
  }
}
