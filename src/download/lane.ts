import { closeSync, fstatSync } from 'node:fs';
import { chunkIdWith } from '../chunk/id.ts';
import { decodeStat, type Stat } from '../model/entry.ts';
import { toHex } from '../model/ids.ts';
import { Reader } from '../model/wire.ts';
import { openBlockWith } from '../repository/sealing.ts';
import type { NativePath } from '../scan/disk.ts';
import { Attributes } from './attributes.ts';
import { createDraft, discard, openDraft, openExisting, publish, setLength, writeAt } from './drafts.ts';
import { type Failure, failureOf } from './failures.ts';
import { type ChunkId, copyBytes, holds, reusePieces } from './reuse.ts';
import { draftOf, placeOf, type Target } from './target.ts';
import { bytesOf, type CheckedPieces, checkPiece, expected } from './task-pieces.ts';
import {
  BLOCK,
  fileFlags,
  type LaneResult,
  type LaneSettings,
  type LaneTask,
  PIECE,
  type TaskPieces,
} from './tasks.ts';

/** A file of a task. */
interface TaskFile {
  place: NativePath;
  draft: NativePath;
  stat: Stat;
  flags: number;
  length: number;
  pieces: number[];
  failure?: Failure;
}

type TaskOf<K extends LaneTask['kind']> = Extract<LaneTask, { kind: K }>;

/**
 * One lane of a restore: opens blocks, checks chunks, writes and finishes files. It shares nothing with other lanes, so that as
 * many run as there are cores. A file that fails is a failure in the result; a disk that fails throws.
 */
export class Lane {
  readonly #target: Target;
  readonly #attributes: Attributes;
  readonly #chunkIds = new Map<string, ChunkId>();

  constructor(settings: LaneSettings) {
    this.#target = settings.target;
    this.#attributes = new Attributes(settings);
  }

  run(task: LaneTask): LaneResult {
    const files = this.#filesOf(task);
    const facts = this.#carryOut(task, files);
    const failed = files.flatMap(({ failure }, file) => (failure ? [{ file, ...failure }] : []));
    return { failed, lost: [...this.#attributes.lost], ...facts };
  }

  #carryOut(task: LaneTask, files: TaskFile[]): Partial<LaneResult> {
    switch (task.kind) {
      case 'write':
        return this.#write(task, files);
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

  #filesOf(task: LaneTask): TaskFile[] {
    const { named, flags, lengths } = task.files;
    const reader = new Reader(named, 'a task');
    const files: TaskFile[] = [];
    for (let number = 0; number < lengths.length; number++) {
      const place = placeOf(this.#target, reader.prefixed(), false);
      const { stat = NO_STAT, failure } = decoded(reader.prefixed());
      const file = { place, draft: draftOf(place), stat, pieces: [], ...(failure && { failure }) };
      files.push({ ...file, flags: flags[number] as number, length: lengths[number] as number });
    }
    if (task.kind === 'reuse' || task.kind === 'check') {
      for (let at = 0; at * PIECE < task.pieces.length; at++) {
        files[task.pieces[at * PIECE] as number]?.pieces.push(at);
      }
    }
    return files;
  }

  #write(task: TaskOf<'write'>, files: TaskFile[]): Partial<LaneResult> {
    const chunkId = this.#chunkId(task.idKey);
    let first = 0;
    for (let at = 0; at < task.blocks.length; at += BLOCK) {
      const [counter = 0, start = 0, end = 0, count = 0] = task.blocks.subarray(at, at + BLOCK);
      const byFile = piecesByFile(task, files, first, count);
      first += count;
      const block = this.#open(task, counter, task.sealed.subarray(start, end), byFile.keys());
      if (!block) continue;
      const checked: CheckedPieces = new Map();
      for (const [file, pieces] of byFile) {
        attempt(file, () => {
          for (const piece of pieces) checkPiece(task, block, piece, chunkId, checked);
          this.#writeFile(task, block, file, pieces);
        });
      }
    }
    return {};
  }

  #open(
    { packKey, pack }: TaskOf<'write'>,
    counter: number,
    sealed: Uint8Array,
    files: Iterable<TaskFile>,
  ): Uint8Array | undefined {
    try {
      return openBlockWith(packKey, counter, sealed, pack);
    } catch (error) {
      const failure = failureOf(error);
      for (const file of files) file.failure ??= failure;
      return undefined;
    }
  }

  #writeFile(task: TaskOf<'write'>, block: Uint8Array, file: TaskFile, pieces: number[]): void {
    const whole = (file.flags & fileFlags.whole) !== 0;
    const descriptor = whole ? createDraft(file.draft) : openDraft(file.draft);
    try {
      for (const at of pieces) {
        writeAt(descriptor, bytesOf(task, block, at), task.pieces[at * PIECE + 1] as number);
      }
      if (whole) this.#complete(descriptor, file);
    } finally {
      closeSync(descriptor);
    }
    if (whole) publish(file.draft, file.place);
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
        this.#attributes.set(existing, file.stat);
        return true;
      }
      this.#finishDraft(file, existing);
      return false;
    } finally {
      if (existing !== undefined) closeSync(existing);
    }
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
    publish(file.draft, file.place);
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

const NO_TIME = { seconds: 0, nanos: 0 };
const NO_STAT: Stat = { type: 'file', size: 0, mtime: NO_TIME, ctime: NO_TIME, mode: 0, uid: 0, gid: 0 };

/** An entry that cannot be decoded is one file that fails. */
function decoded(stat: Uint8Array): { stat?: Stat; failure?: Failure } {
  try {
    return { stat: decodeStat(stat) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

/** The pieces of one block, which are `count` rows from `first` on. */
function piecesByFile(
  { pieces }: TaskPieces,
  files: TaskFile[],
  first: number,
  count: number,
): Map<TaskFile, number[]> {
  const byFile = new Map<TaskFile, number[]>();
  for (let at = first; at < first + count; at++) {
    const file = files[pieces[at * PIECE] as number] as TaskFile;
    const others = byFile.get(file);
    if (others) others.push(at);
    else byFile.set(file, [at]);
  }
  return byFile;
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

function has({ flags }: TaskFile, flag: keyof typeof fileFlags): boolean {
  return (flags & fileFlags[flag]) !== 0;
}

function withState(flags: number, { begun, leftover }: { begun: boolean; leftover: boolean }): number {
  return flags | (begun ? fileFlags.begun : 0) | (leftover ? fileFlags.leftover : 0);
}
