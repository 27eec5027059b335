import { isAbsolute, join } from 'node:path';
import type { CutSizes } from '../chunk/cut.ts';
import { gearTable } from '../chunk/gear.ts';
import { BmcloudError, isBmcloudError } from '../errors.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { OnEvent } from '../model/events.ts';
import { type RandomSource, toHex } from '../model/ids.ts';
import type { RepositoryKeys } from '../seal/keys.ts';
import type { StoreCounts } from '../store/counting.ts';
import { dryRunStore } from '../store/dry-run.ts';
import type { Store } from '../store/store.ts';
import { BlockReader } from './blocks.ts';
import { condemnedPacks } from './condemned.ts';
import type { Format } from './format-file.ts';
import { Gathered } from './gathered.ts';
import { IndexCache } from './index-cache.ts';
import { KnownChunks } from './known-chunks.ts';
import { readManifest, type StoredManifest } from './manifest-objects.ts';
import type { FoundChunk } from './table-file.ts';

/** Where a program keeps what is its own, as absolute paths. */
export interface Directories {
  /** May be deleted at any time. */
  cache: string;
  /** The newest manifest seen of each job, and which job is whose: what rollback is noticed by. */
  state: string;
  /** The machine's id and key files. */
  config: string;
}

/** Table files open at once. */
const MOST_FILES = 24;

export interface RepositoryParts {
  store: Store;
  keys: RepositoryKeys;
  format: Format;
  directories: Directories;
  counts: StoreCounts;
  random: RandomSource;
  now: () => Date;
  onEvent: OnEvent | undefined;
  signal: AbortSignal | undefined;
  acceptRollback: boolean;
}

/** Who may end an operation, and who is told how it goes. */
export interface Attendance {
  signal?: AbortSignal | undefined;
  onEvent?: OnEvent | undefined;
}

/** An open repository: a store with its keys and layout. Close it. */
export class Repository {
  readonly store: Store;
  readonly keys: RepositoryKeys;
  readonly format: Format;
  readonly directories: Directories;
  readonly random: RandomSource;
  readonly now: () => Date;
  readonly signal: AbortSignal | undefined;
  readonly acceptRollback: boolean;
  readonly blocks: BlockReader;
  /** Requests and bytes since the repository was opened. */
  readonly counts: StoreCounts;
  readonly #parts: RepositoryParts;
  readonly #gathered: Gathered;
  #indexCache: IndexCache | undefined;

  constructor(parts: RepositoryParts, from?: Repository) {
    this.#parts = parts;
    this.#gathered = from ? from.#gathered : new Gathered();
    this.store = parts.store;
    this.keys = parts.keys;
    this.format = parts.format;
    this.directories = parts.directories;
    this.random = parts.random;
    this.now = parts.now;
    this.signal = parts.signal;
    this.acceptRollback = parts.acceptRollback;
    this.blocks = from ? from.blocks : new BlockReader(parts.store, parts.keys);
    this.counts = parts.counts;
  }

  /**
   * The same repository for one operation, which ends with a signal of its own, and tells somebody else. A request to the store that is
   * under way ends with the signal that the repository was opened with.
   */
  attended({ signal, onEvent }: Attendance): Repository {
    if (!signal && !onEvent) return this;
    const own = { ...(signal && { signal }), ...(onEvent && { onEvent }) };
    return new Repository({ ...this.#parts, ...own }, this);
  }

  /**
   * The same repository for who would only see what would happen: what is written goes nowhere, and nobody else takes it for stored.
   * It is to be released, not closed.
   */
  rehearsed(): Repository {
    const rehearsed = new Repository({ ...this.#parts, store: dryRunStore(this.store) });
    rehearsed.#gathered.listeners = this.#gathered.listeners;
    return rehearsed;
  }

  /** Hexadecimal. */
  get id(): string {
    return this.format.repository;
  }

  /** For messages. */
  get location(): string {
    return this.store.name;
  }

  get role(): RepositoryKeys['slot']['role'] {
    return this.keys.slot.role;
  }

  /** Whether this key can read back what is stored. */
  get canRead(): boolean {
    return this.keys.owner !== undefined;
  }

  get sizes(): CutSizes {
    return this.format.parameters.chunk;
  }

  /** The gear table of the domain this key writes in. */
  get gear(): Uint32Array {
    return gearTable(this.keys.write.own.gear);
  }

  /** This repository's part of the cache. */
  cachePath(...parts: string[]): string {
    return join(this.directories.cache, this.id, ...parts);
  }

  statePath(...parts: string[]): string {
    return join(this.directories.state, this.id, ...parts);
  }

  tell: OnEvent = (event) => {
    this.#parts.onEvent?.(event);
    for (const listener of this.#gathered.listeners) listener(event);
  };

  /** Tells `onEvent`, too, what happens from now on. @returns what ends that */
  listen(onEvent: OnEvent): () => void {
    this.#gathered.listeners.add(onEvent);
    return () => void this.#gathered.listeners.delete(onEvent);
  }

  /** What belongs to the program, not to its user: absolute paths. */
  get ownDirectories(): string[] {
    const { cache, state, config } = this.directories;
    return [cache, state, config, ...(isAbsolute(this.location) ? [this.location] : [])];
  }

  get indexCache(): IndexCache {
    // What a push-only key cannot open counts as read: who can has a cache of his own.
    const name = this.canRead ? 'index' : 'index-of-pushes';
    this.#indexCache ??= new IndexCache(this.store, this.keys, this.cachePath(name), {
      random: this.random,
      onDamaged: (_, { message, hint }) => this.tell({ type: 'warning', message, ...(hint && { hint }) }),
    });
    return this.#indexCache;
  }

  /** The chunks of the repository, from one listing of the index, made when first asked for. A failure is not kept. */
  async known(): Promise<KnownChunks> {
    this.#gathered.known ??= this.#loadKnown().catch((error: unknown) => {
      this.#gathered.known = undefined;
      throw error;
    });
    return await this.#gathered.known;
  }

  /** The same if it was asked for before, and could be had: who has stored nothing has nothing to tell the index. */
  async knownSoFar(): Promise<KnownChunks | undefined> {
    return await this.#gathered.known?.catch(() => undefined);
  }

  /**
   * The same for who is about to add to it. A program that pushes for days gathers a table file with every push: each is a file that is
   * open, and asked for every chunk, so now and then the index is read again, which merges them.
   */
  async knownToGrow(): Promise<KnownChunks> {
    const known = await this.known();
    return known.fileCount > MOST_FILES ? await this.refreshKnown() : known;
  }

  /** Reads condemn records and the index again: somebody else was here. What is known of this push stays known. */
  async refreshKnown(): Promise<KnownChunks> {
    // Whoever asks while it is under way shares the answer.
    this.#gathered.refreshing ??= this.#refresh().finally(() => {
      this.#gathered.refreshing = undefined;
    });
    return await this.#gathered.refreshing;
  }

  /** Drops what this machine keeps of the index, and reads it again. What pushes of this process stored stays known to them. */
  async forgetIndex(): Promise<void> {
    const known = await this.knownSoFar();
    known?.close();
    await this.indexCache.forget();
    if (known) await this.refreshKnown();
  }

  /** Where a chunk lies; asks the store for a newer index before it gives up. @throws `damaged` */
  async locate(id: Uint8Array): Promise<FoundChunk> {
    const known = await this.known();
    const found = known.find(id) ?? (await this.refreshKnown()).find(id);
    if (found) return found;
    throw new BmcloudError('damaged', `Chunk ${toHex(id).slice(0, 16)} is missing from the index`, {
      hint: 'Run "bmcloud verify" to see which files it belongs to',
    });
  }

  /** A manifest, checked; read from the store once. @throws as `readManifest`; `interrupted` */
  async manifest(key: string): Promise<StoredManifest> {
    throwIfInterrupted(this.signal);
    return await this.#gathered.manifests.get(key, () => readManifest(this.store, this.keys, key));
  }

  /** A chunk of metadata, checked. @throws `damaged`, `not-allowed`, `interrupted` */
  readChunk = async (id: Uint8Array): Promise<Uint8Array> => {
    throwIfInterrupted(this.signal);
    const found = await this.locate(id);
    try {
      return await this.blocks.chunk(id, found);
    } catch (error) {
      if (!isBmcloudError(error, 'not-found')) throw error;
      // The pack may have been replaced since the index was read.
      const again = (await this.refreshKnown()).find(id);
      if (!again || again.pack.id === found.pack.id) throw error;
      return await this.blocks.chunk(id, again);
    }
  };

  async close(): Promise<void> {
    await this.release();
    await this.store.close();
  }

  /** Closes the files of the index, and nothing else. */
  async release(): Promise<void> {
    (await this.knownSoFar())?.close();
  }

  async #refresh(): Promise<KnownChunks> {
    if (!this.#gathered.known) return await this.known();
    const known = await this.known();
    const { files, condemned } = await this.#readIndex();
    known.replace(files, condemned);
    return known;
  }

  async #loadKnown(): Promise<KnownChunks> {
    const { files, condemned } = await this.#readIndex();
    return new KnownChunks(files, condemned);
  }

  /** Condemn records first: what is condemned after this listing is fenced, and a fence shows at the commit. */
  async #readIndex() {
    const condemned = await condemnedPacks(this.store, this.keys.write);
    for (const { error } of condemned.unreadable) this.tell({ type: 'warning', message: error.message });
    return { files: await this.indexCache.sync(), condemned };
  }
}
