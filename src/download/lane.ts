import { closeSync, fstatSync } from 'node:fs';
import { chunkIdWith } from '../chunk/id.ts';
import { release } from '../flow/release.ts';
import { toHex } from '../model/ids.ts';
import { openBlockWith } from '../repository/sealing.ts';
import { Attributes } from './attributes.ts';
import { createDraft, discard, openDraft, openExisting, publish, setLength, writeAt } from './drafts.ts';
import { failureOf } from './failures.ts';
import { FileStats } from './file-stats.ts';
import { NewFiles } from './new-files.ts';
import { Places } from './places.ts';
import { type ChunkId, copyBytes, holds, reusePieces } from './reuse.ts';
import { type FileReading, filesOf, has, type TaskFile, withState } from './task-files.ts';
import { bytesOf, checkPiece, expected, type PieceCheck } from './task-pieces.ts';
import { type LaneResult, type LaneSettings, type LaneTask, PIECE, type TaskBlock } from './tasks.ts';

type TaskOf<K extends LaneTask['kind']> = Extract<LaneTask, { kind: K }>;
type FileTask = Exclude<LaneTask, { kind: 'write' }>;

/**
 * One lane of a restore: opens blocks, checks chunks, writes and finishes files. It shares nothing with other lanes, so that as
 * many run as there are cores. A file that fails is a failure in the result; a disk that fails throws.
 */
export class Lane {
  readonly #reading: FileReading;
  readonly #attributes: Attributes;
  readonly #newFiles: NewFiles;
  readonly #chunkIds = new Map<string, ChunkId>();

  constructor(settings: LaneSettings) {
    this.#reading = { places: new Places(settings.target), stats: new FileStats() };
    this.#attributes = new Attributes(settings);
    this.#newFiles = new NewFiles(this.#attributes);
  }

  run(task: LaneTask): LaneResult {
    const facts = task.kind === 'write' ? this.#write(task) : this.#carryOut(task);
    return { ...facts, lost: [...this.#attributes.lost] };
  }

  #carryOut(task: FileTask): Omit<LaneResult, 'lost'> {
    const files = filesOf(task, this.#reading);
    const facts = this.#factsOf(task, files);
    return { failed: failuresOf(files), ...facts };
  }

  #factsOf(task: FileTask, files: TaskFile[]): Partial<LaneResult> {
    switch (task.kind) {
      case 'reuse':
        return this.#reuse(task, files);
      case 'check':
        return this.#check(task, files);
      case 'finish':
        return this.#finishAll(files);
      case 'discard':
        for (const file of files) attempt(file, () => discard(file.draft));
        return {};
    }
  }

  /** Files are looked at block by block: those of a whole range would outlive many collections of garbage. */
  #write(task: TaskOf<'write'>): Omit<LaneResult, 'lost'> {
    const failed: LaneResult['failed'] = [];
    let first = 0;
    for (const block of task.blocks) {
      const files = filesOf(block, this.#reading);
      this.#writeBlock(task, block, files);
      failed.push(...failuresOf(files, first));
      first += files.length;
    }
    return { failed };
  }

  #writeBlock(task: TaskOf<'write'>, block: TaskBlock, files: TaskFile[]): void {
    const bytes = this.#open(task, block, files);
    if (!bytes) return;
    const chunkId = this.#chunkId(task.idKey);
    const check: PieceCheck = { chunkId, pack: task.pack, checked: new Map() };
    for (const file of files) {
      attempt(file, () => {
        for (const at of file.pieces) checkPiece(block, bytes, at, check);
        this.#writeFile(block, bytes, file);
      });
    }
    release(bytes);
  }

  #open(
    { packKey, pack, sealed }: TaskOf<'write'>,
    { counter, start, end }: TaskBlock,
    files: TaskFile[],
  ): Uint8Array | undefined {
    try {
      return openBlockWith(packKey, counter, sealed.subarray(start, end), pack);
    } catch (error) {
      const failure = failureOf(error);
      for (const file of files) file.failure ??= failure;
      return undefined;
    }
  }

  #writeFile(block: TaskBlock, bytes: Uint8Array, file: TaskFile): void {
    const write = (descriptor: number) => {
      for (const at of file.pieces) {
        writeAt(descriptor, bytesOf(block, bytes, at), block.pieces[at * PIECE + 1] as number);
      }
    };
    if (has(file, 'whole')) {
      this.#newFiles.make(file, write);
      publish(file.draft, file.place);
    } else {
      const descriptor = openDraft(file.draft);
      try {
        write(descriptor);
      } finally {
        closeSync(descriptor);
      }
    }
  }

  #reuse(task: TaskOf<'reuse'>, files: TaskFile[]): Partial<LaneResult> {
    const chunkId = this.#chunkId(task.idKey);
    const have = new Uint8Array(task.pieces.length / PIECE);
    const flags = task.files.flags.slice();
    files.forEach((file, number) => {
      attempt(file, () => {
        const pieces = file.pieces.map((at) => expected(task, at));
        const found = new Uint8Array(pieces.length);
        const state = { begun: has(file, 'begun'), leftover: has(file, 'leftover') };
        const place = { ...file, existing: has(file, 'existing') };
        const after = reusePieces(place, state, pieces, chunkId, found);
        file.pieces.forEach((at, i) => {
          have[at] = found[i] as number;
        });
        flags[number] = withState(file.flags, after);
      });
    });
    return { have, flags };
  }

  #check(task: TaskOf<'check'>, files: TaskFile[]): Partial<LaneResult> {
    const chunkId = this.#chunkId(task.idKey);
    const have = new Uint8Array(task.pieces.length / PIECE);
    for (const file of files) {
      attempt(file, () => {
        const descriptor = openExisting(file.place);
        if (descriptor === undefined) return;
        try {
          for (const at of file.pieces) have[at] = holds(descriptor, expected(task, at), chunkId) ? 1 : 0;
        } finally {
          closeSync(descriptor);
        }
      });
    }
    return { have };
  }

  #finishAll(files: TaskFile[]): Partial<LaneResult> {
    const same = new Uint8Array(files.length);
    files.forEach((file, number) => {
      attempt(file, () => {
        same[number] = this.#finish(file) ? 1 : 0;
      });
    });
    return { same };
  }

  /** @returns true if the file that was there had the right data */
  #finish(file: TaskFile): boolean {
    const existing = has(file, 'existing') && !has(file, 'begun') ? openExisting(file.place) : undefined;
    try {
      if (existing !== undefined && fstatSync(existing).size === file.length) {
        this.#attributes.setExisting(existing, file.place, file.stat);
        return true;
      }
      this.#finishDraft(file, existing);
    } finally {
      if (existing !== undefined) closeSync(existing);
    }
    // Not before what was there is closed: Windows replaces nothing that is open.
    publish(file.draft, file.place);
    return false;
  }

  /** What was there agreed with all of the file, but is longer: only its beginning is taken. */
  #finishDraft(file: TaskFile, existing: number | undefined): void {
    const descriptor = has(file, 'begun') ? openDraft(file.draft) : createDraft(file.draft);
    try {
      if (existing !== undefined) copyBytes(existing, descriptor, 0, file.length);
      this.#complete(descriptor, file);
    } finally {
      closeSync(descriptor);
    }
  }

  #complete(descriptor: number, file: TaskFile): void {
    setLength(descriptor, file.length);
    this.#attributes.set(descriptor, file.stat);
  }

  #chunkId(idKey: Uint8Array): ChunkId {
    const name = toHex(idKey);
    const known = this.#chunkIds.get(name);
    if (known) return known;
    const make = chunkIdWith(idKey);
    this.#chunkIds.set(name, make);
    return make;
  }
}

/** @param first number of the first of them in the task */
function failuresOf(files: TaskFile[], first = 0): LaneResult['failed'] {
  return files.flatMap(({ failure }, i) => (failure ? [{ file: first + i, ...failure }] : []));
}

/** Guards what concerns one file and nothing else. */
function attempt(file: TaskFile, act: () => void): void {
  if (file.failure) return;
  try {
    act();
  } catch (error) {
    file.failure = failureOf(error);
  }
}
