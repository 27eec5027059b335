import { Breaker } from '../flow/breaker.ts';
import { Semaphore } from '../flow/semaphore.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { PackKind, Table } from '../pack/table.ts';
import { DEFAULT_READ_SIZE } from '../read/shared.ts';
import type { KnownChunks, StoringPush } from '../repository/known-chunks.ts';
import type { Repository } from '../repository/repository.ts';
import { DEFAULT_LEVEL } from '../repository/sealing.ts';
import { writeIndex } from '../repository/write-index.ts';
import type { WindowsAttached } from './attached.ts';
import { inlineLane, Lanes, threadLane } from './lanes.ts';
import { MetaPacks } from './meta-packs.ts';
import { PackUploads } from './pack-uploads.ts';
import type { LaneSettings, LaneTask, ReadResult } from './tasks.ts';

/** A pack is ended once it has this many bytes: what a crash can cost, times the number of lanes. */
const PACK_BYTES = 32 * 1024 * 1024;
/** An index object is written once this many rows wait for one: they are in memory several times then. With twice as many, 15 MiB more. */
export const INDEX_ROWS = 32_768;
/** Read tasks that wait for a lane, so that none is ever idle. */
const TASKS_WAITING = 2;

export interface PipelineOptions {
  /** Threads; 0: everything in the calling thread. */
  workers: number;
  level?: number | undefined;
  /** Bytes of a file that are asked of the system at once. */
  readSize?: number | undefined;
  dryRun: boolean;
  /** What tells of files on Windows. Default: the addon; what is given here is asked in the calling thread. */
  windowsFiles?: WindowsAttached | undefined;
  /** A pack is stored, whole: its chunks need never be stored again. */
  onPack: (table: Table) => void;
  /** Bytes went to the store. */
  onSent: (bytes: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * From files to packs in the store: read → chunk → seal → pack → store, with as many lanes as there are cores. Nothing starts
 * before it is needed, so that a push that finds nothing new costs no thread and no index.
 */
export class Pipeline {
  readonly #repository: Repository;
  readonly #options: PipelineOptions;
  #started: Promise<Started> | undefined;
  /** Breaks when the store fails. */
  readonly #breaker = new Breaker();

  constructor(repository: Repository, options: PipelineOptions) {
    this.#repository = repository;
    this.#options = options;
  }

  /** Has all lanes begin before there is anything for them; a failure is told by what is asked of them first. */
  warmUp(): void {
    this.#start()
      .then(({ lanes }) => lanes.warmUp())
      .catch(() => {});
  }

  /** Reads and stores; resolves when the chunks are in packs, which may still be under way. */
  async run(task: LaneTask): Promise<ReadResult[]> {
    const { lanes, room } = await this.#start();
    return await this.#breaker.guard(
      room.run(() => {
        throwIfInterrupted(this.#options.signal);
        return lanes.run(task);
      }),
    );
  }

  /**
   * Resolves when all tasks that were asked for have been handed to the lanes. What is looked at before that only grows old in
   * memory: V8 then copies it twice, and collects it late.
   */
  async caughtUp(): Promise<void> {
    if (!this.#started) return;
    const { room } = await this.#started;
    await this.#breaker.guard(room.run(async () => {}));
  }

  /** Stores a chunk of metadata. @returns its id */
  storeMeta = async (chunk: Uint8Array): Promise<Uint8Array> => {
    const { meta } = await this.#start();
    return await this.#breaker.guard(meta.store(chunk));
  };

  /** Ends the packs under way and waits until they are stored; what was done before a failure stays done. */
  async settle(): Promise<void> {
    if (!this.#started) return;
    const { lanes, meta, uploads } = await this.#started;
    await this.#breaker.guard(Promise.all([lanes.finish(), meta.finish()]));
    await this.#breaker.guard(Promise.all(uploads.map((kind) => kind.settled())));
  }

  /** Everything is read: ends the lanes, whose memory what follows can use. */
  async endReading(): Promise<void> {
    if (!this.#started) return;
    const { lanes, uploads } = await this.#started;
    await this.#breaker.guard(lanes.finish());
    await this.#breaker.guard(Promise.all(uploads.map((kind) => kind.settled())));
    await lanes.close();
  }

  /** Makes all that was stored known to everybody, if at least so many rows wait for that. */
  async writeIndex(atLeast = 1): Promise<void> {
    if (!this.#options.dryRun) await this.#breaker.guard(writeIndex(this.#repository, atLeast));
  }

  /** The same, once enough waits. */
  async writeIndexIfDue(): Promise<void> {
    await this.writeIndex(INDEX_ROWS);
  }

  /** Stops the lanes, and gives up packs that have not ended: nothing of them appears in the store. */
  async close(): Promise<void> {
    // What could not begin was told by whoever needed it.
    const started = await this.#started?.catch(() => undefined);
    if (!started) return;
    const { push, lanes, uploads } = started;
    const reason = this.#breaker.failure?.error ?? new Error('the push ended');
    await lanes.close();
    await Promise.all(uploads.map((kind) => kind.abort(reason)));
    push.end();
  }

  async #start(): Promise<Started> {
    this.#started ??= this.#begin();
    return await this.#started;
  }

  async #begin(): Promise<Started> {
    const { workers, level = DEFAULT_LEVEL, readSize = DEFAULT_READ_SIZE, windowsFiles } = this.#options;
    const { keys, sizes } = this.#repository;
    const known = await this.#repository.knownToGrow();
    const push = known.begin();
    const data = this.#uploadsOf('data', known, push);
    const settings: LaneSettings = { write: keys.write, sizes, level, packBytes: PACK_BYTES, readSize };
    const isInline = workers === 0 || windowsFiles !== undefined;
    const lanes = isInline
      ? new Lanes(() => inlineLane(settings, data, windowsFiles), 1)
      : new Lanes(() => threadLane(settings, data), workers);
    const metaUploads = this.#uploadsOf('meta', known, push);
    const meta = new MetaPacks(keys.write, push, metaUploads, PACK_BYTES);
    const room = new Semaphore(lanes.room + TASKS_WAITING);
    return { push, lanes, meta, uploads: [data, metaUploads], room };
  }

  #uploadsOf(kind: PackKind, known: KnownChunks, push: StoringPush): PackUploads {
    const { onPack, onSent } = this.#options;
    return new PackUploads({
      store: this.#repository.store,
      known,
      push,
      kind,
      onStored: onPack,
      onFailed: (error) => this.#breaker.break(error),
      onSent,
    });
  }
}

interface Started {
  push: StoringPush;
  lanes: Lanes;
  meta: MetaPacks;
  uploads: PackUploads[];
  room: Semaphore;
}
