import { Semaphore } from '../flow/semaphore.ts';
import { packName } from '../pack/packer.ts';
import type { Repository } from '../repository/repository.ts';
import { domainKeys } from '../seal/keys.ts';
import {
  type Batch,
  type ChunkPiece,
  type FileWork,
  isChunk,
  isWhole,
  type Piece,
  taskFiles,
  taskPieces,
} from './batch.ts';
import { type Failure, failureOf } from './failures.ts';
import { Fetcher } from './fetch.ts';
import type { Lanes } from './lanes.ts';
import type { Outcome } from './outcome.ts';
import type { Range, Wanted } from './plan.ts';
import { fileFlags, type LaneResult, type LaneTask, type TaskBlock } from './tasks.ts';

/** Bytes of existing files to compare in one task. */
const REUSE_BYTES = 4 * 1024 * 1024;
/** Files to finish in one task. */
const FINISH_FILES = 256;

/** Carries out a window: take over what is there, fetch the rest, write it, finish the files that are whole. */
export class WindowWriter {
  readonly #repository: Repository;
  readonly #lanes: Lanes;
  readonly #outcome: Outcome;
  readonly #idKey: Uint8Array;
  readonly #fetcher: Fetcher<ChunkPiece>;
  /** A file that goes on from one window to the next is compared in order. */
  readonly #reuseTurn = new Semaphore(1);

  /** @param domain of the manifest: its chunks are of the same */
  constructor(
    repository: Repository,
    lanes: Lanes,
    outcome: Outcome,
    domain: Uint8Array,
    signal: AbortSignal | undefined,
  ) {
    this.#repository = repository;
    this.#lanes = lanes;
    this.#outcome = outcome;
    this.#idKey = domainKeys(repository.keys, domain).id;
    this.#fetcher = new Fetcher(
      repository,
      {
        range: (range, sealed) => this.#writeRange(range, sealed),
        lost: (pieces, failure) => {
          for (const { file } of pieces) file.failure ??= failure;
        },
        fetched: (bytes) => {
          outcome.fetched += bytes;
          outcome.progress();
        },
      },
      signal,
    );
  }

  write = async (batch: Batch): Promise<void> => {
    const missing = await this.#reuseTurn.run(() => this.#reuse(batch));
    await this.#fetcher.fetch(missing);
    await this.#finish(batch);
    this.#outcome.progress(batch.files.at(-1)?.path);
  };

  /** @returns the pieces that must be fetched */
  async #reuse({ pieces }: Batch): Promise<ChunkPiece[]> {
    const missing: ChunkPiece[] = [];
    const tasks: Piece[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    let last: FileWork | undefined;
    for (const piece of pieces) {
      if (!mayHaveSome(piece.file)) {
        if (isChunk(piece)) missing.push(piece);
        continue;
      }
      if (bytes >= REUSE_BYTES && piece.file !== last) {
        tasks.push([]);
        bytes = 0;
      }
      tasks.at(-1)?.push(piece);
      bytes += piece.length;
      last = piece.file;
    }
    for (const found of await Promise.all(tasks.map((task) => this.#reusePieces(task))))
      missing.push(...found);
    return missing;
  }

  async #reusePieces(pieces: Piece[]): Promise<ChunkPiece[]> {
    const { files, task } = taskPieces(pieces.map((piece) => ({ piece })));
    const result = await this.#run({ kind: 'reuse', idKey: this.#idKey, ...task }, files);
    files.forEach((file, i) => {
      file.flags = result.flags?.[i] as number;
    });
    const missing = pieces.filter((piece, i) => {
      const have = result.have?.[i] === 1;
      if (have && isChunk(piece)) this.#outcome.reused += piece.length;
      return !have && piece.file.failure === undefined;
    });
    return missing.filter(isChunk);
  }

  async #writeRange({ pack, start, blocks }: Range<ChunkPiece>, sealed: Uint8Array): Promise<void> {
    const alive: Wanted<ChunkPiece>[] = [];
    const files: FileWork[] = [];
    const tasks: TaskBlock[] = [];
    for (const block of blocks) {
      const pieces = block.pieces.filter(({ piece }) => piece.file.failure === undefined);
      if (pieces.length === 0) continue;
      const some = taskPieces(pieces, (file) => file.flags | (isWhole(file) ? fileFlags.whole : 0));
      tasks.push({
        counter: block.counter,
        start: block.start - start,
        end: block.end - start,
        ...some.task,
      });
      files.push(...some.files);
      alive.push(...pieces);
    }
    if (tasks.length === 0) return;
    const packKey = this.#packKey(pack, files);
    if (!packKey) return;
    const read = { pack: packName(pack.kind, pack.id), packKey, idKey: this.#idKey, sealed };
    await this.#run({ kind: 'write', ...read, blocks: tasks }, files);
    for (const { piece } of alive) if (piece.file.failure === undefined) this.#outcome.bytes += piece.length;
    for (const file of files) if (isWhole(file) && !file.failure) this.#outcome.files++;
  }

  #packKey(pack: Range<ChunkPiece>['pack'], files: FileWork[]): Uint8Array | undefined {
    try {
      return this.#repository.blocks.packKey(pack);
    } catch (error) {
      const failure: Failure = failureOf(error);
      for (const file of files) file.failure ??= failure;
      return undefined;
    }
  }

  /** Of the files that have all their pieces. */
  async #finish({ files }: Batch): Promise<void> {
    for (const file of files) file.windows--;
    const done = files.filter(({ open, windows }) => !open && windows === 0);
    const good = done.filter((file) => file.failure === undefined && !isWhole(file));
    await Promise.all(chunked(good, FINISH_FILES).map((some) => this.#finishFiles(some)));
    const bad = done.filter(({ failure }) => failure !== undefined);
    if (bad.length > 0) await this.#lanes.run({ kind: 'discard', files: taskFiles(bad) });
    for (const { path, failure } of bad) this.#outcome.fail(path, failure as Failure);
  }

  async #finishFiles(files: FileWork[]): Promise<void> {
    const { same } = await this.#run({ kind: 'finish', files: taskFiles(files) }, files);
    files.forEach((file, i) => {
      if (file.failure !== undefined) return;
      if (same?.[i] === 1) this.#outcome.unchanged++;
      else this.#outcome.files++;
    });
  }

  async #run(task: LaneTask, files: FileWork[]): Promise<LaneResult> {
    const result = await this.#lanes.run(task);
    for (const { file, reason, code } of result.failed) {
      const work = files[file];
      if (work) work.failure ??= { reason, code };
    }
    this.#outcome.lose(result.lost);
    return result;
  }
}

/** What is there may have pieces of it, or it has several and needs a draft that all of them are written to. */
function mayHaveSome(file: FileWork): boolean {
  const { flags, open, pieces } = file;
  if (flags & fileFlags.begun) return (flags & (fileFlags.leftover | fileFlags.existing)) !== 0;
  return (flags & fileFlags.existing) !== 0 || open || pieces > 1;
}

function chunked<T>(values: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < values.length; at += size) chunks.push(values.slice(at, at + size));
  return chunks;
}
