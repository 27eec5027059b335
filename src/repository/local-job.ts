import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/mini';
import { makeDirectories } from '../flow/make-directories.ts';
import { fromHex, toHex } from '../model/ids.ts';
import { overlay } from '../model/overlay.ts';
import type { Run } from '../model/run.ts';
import { decodeTable, encodeTable, type Table } from '../pack/table.ts';
import { damagedLocally, FrameWriter, readFrames } from './frame-file.ts';
import { removeLocal, renameLocal } from './local-files.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';
import { LockedFiles } from './locked-files.ts';

/*
 * What this machine keeps of a job, so that a push need not ask the store: the state of the last manifest it built on, and the
 * journal of a push under way. All of it is a cache: checked when read, discarded when in doubt, rebuilt from the store.
 */

const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const headSchema = z.object({
  version: z.literal(1),
  /** The manifest whose state is kept. */
  number: z.int().check(z.nonnegative()),
  hash: hex32,
  /** The greatest number seen when that was so. */
  seen: z.int().check(z.nonnegative()),
  file: z.string().check(z.regex(/^state-\d+$/)),
  entries: z.number(),
  bytes: z.number(),
  /** Since the last manifest with a state: how many, the bytes of their changes, and their headers (base64). */
  since: z.object({ pushes: z.number(), bytes: z.number(), headers: z.array(z.string()) }),
});

/** The manifest that the kept state belongs to, and what the next push needs to know of the line. */
export type LocalHead = Omit<z.infer<typeof headSchema>, 'version' | 'file' | 'hash'> & { hash: Uint8Array };

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

  async head(): Promise<LocalHead | undefined> {
    const stored = await this.#stored();
    return stored && { ...stored, hash: fromHex(stored.hash, 32, 'the local head') };
  }

  /** The kept state. @throws `damaged` while it is read, if the file is not whole: then `forget` */
  async state(): Promise<Run> {
    const stored = await this.#stored();
    return stored ? readFrames(this.#path(stored.file), 'refuse') : [];
  }

  /** Keeps a new state. It counts from the moment its head is written. @returns entries and bytes */
  async keep(head: Omit<LocalHead, 'bytes'>, state: Run): Promise<void> {
    await makeDirectories(this.#directory, 0o700);
    const previous = await this.#stored();
    const file = `state-${previous?.file === 'state-0' ? 1 : 0}`;
    const writer = new FrameWriter(this.#path(file));
    let bytes = 0;
    for await (const batch of state) {
      bytes += batch.length;
      writer.append(batch);
    }
    writer.end();
    await this.#write({ ...head, bytes }, file);
    if (previous) await removeLocal(this.#path(previous.file));
  }

  /** The same state under a new head, after a push that changed nothing. */
  async advance(head: LocalHead): Promise<void> {
    const stored = await this.#stored();
    if (stored) await this.#write(head, stored.file);
  }

  async forget(): Promise<void> {
    await removeLocal(this.#path('head.json'));
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

  async #stored(): Promise<z.infer<typeof headSchema> | undefined> {
    return await readLocalJson(this.#path('head.json'), headSchema);
  }

  async #write(head: LocalHead, file: string): Promise<void> {
    const { hash, ...rest } = head;
    await writeLocalJson(this.#path('head.json'), { version: 1, ...rest, hash: toHex(hash), file });
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
