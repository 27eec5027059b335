import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod/mini';
import { type BmcloudError, isBmcloudError, systemCodeOf } from '../errors.ts';
import { makeDirectories } from '../flow/make-directories.ts';
import { fromHex, ID_BYTES, type RandomSource, systemRandom, toHex } from '../model/ids.ts';
import { sortIds } from '../pack/order.ts';
import { ROW_BYTES } from '../pack/row.ts';
import { concat, mergeTables, type Table } from '../pack/table.ts';
import type { RepositoryKeys } from '../seal/keys.ts';
import type { Store } from '../store/store.ts';
import { indexName, readIndexObject } from './index-objects.ts';
import { removeLocal } from './local-files.ts';
import { readLocalJson, writeLocalJson } from './local-json.ts';
import type { PageCache } from './record-pages.ts';
import { TableFile } from './table-file.ts';
import { mergedParts } from './table-merge.ts';
import { partsOf, type TableParts, writeTableFile } from './table-writer.ts';

/** Fetched at once. */
const CONCURRENT_GETS = 8;
/** Of bringing the cache up to date, while other processes do the same. */
const ATTEMPTS = 5;
/** Look-ups ask every file: of more than this many, the smallest are merged. */
const MAX_FILES = 6;
/** A file is merged with smaller ones of at least half its size together: each row is written a few times, however many there are. */
const GROWTH = 2;
/** What is fetched is written when it has as many rows: they are in memory, several times over while they are sorted. */
const ROWS_AT_ONCE = 250_000;

const catalogue = z.object({
  files: z.array(
    z.object({
      name: z.string().check(z.regex(/^[0-9a-f]+\.table$/)),
      covers: z.array(z.string()),
      rows: z.number(),
    }),
  ),
});
type CachedFile = z.infer<typeof catalogue>['files'][number];

export interface IndexCacheOptions {
  random?: RandomSource;
  /** Told of index objects that do not open, by their names. They are passed over. */
  onDamaged?: (name: string, error: BmcloudError) => void;
  /** Table files that are left as they are; of more, some are merged. */
  maxFiles?: number;
  /** For pages of table files; default: one for all there are. */
  pages?: PageCache;
}

/**
 * The index objects of a repository as local table files, each of which covers some of them. A cache: every file is checked
 * when it is opened, fetched again when in doubt, and falls with any index object it covers.
 */
export class IndexCache {
  readonly #store: Pick<Store, 'get' | 'list'>;
  readonly #keys: RepositoryKeys;
  readonly #directory: string;
  readonly #options: IndexCacheOptions;

  constructor(
    store: Pick<Store, 'get' | 'list'>,
    keys: RepositoryKeys,
    directory: string,
    options: IndexCacheOptions = {},
  ) {
    this.#store = store;
    this.#keys = keys;
    this.#directory = directory;
    this.#options = options;
  }

  /** Brings the cache up to date with one listing. @returns the open table files */
  async sync(): Promise<TableFile[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#syncOnce();
      } catch (error) {
        // Another process merged files away that were about to be opened.
        if (systemCodeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #syncOnce(): Promise<TableFile[]> {
    await makeDirectories(this.#directory, 0o700);
    const listed = new Set<string>();
    for await (const { key } of this.#store.list('index/')) listed.add(key.slice('index/'.length));
    const files = await this.#stillTrue(listed);
    const covered = new Set(files.flatMap((file) => file.covers));
    const missing = [...listed].filter((id) => !covered.has(id));
    const fetched = await this.#fetchAll(missing);
    return await this.#openAll(await this.#merge([...files, ...fetched]));
  }

  /** Whether anything is kept here: false on a machine that never read the index, or lost all it had. */
  async exists(): Promise<boolean> {
    return (await this.#catalogued()) !== undefined;
  }

  /** Forgets everything; the next `sync` fetches it again. */
  async forget(): Promise<void> {
    // Somebody on Windows may look into what is to go: a virus scanner, an indexer.
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Takes in a table that was just stored as an index object. */
  async add(id: Uint8Array, table: Table): Promise<TableFile> {
    const file = await this.#write(partsOf(table), [toHex(id)]);
    const files = (await this.#catalogued()) ?? [];
    await this.#record([...files, file]);
    return this.#open(file);
  }

  async #stillTrue(listed: Set<string>): Promise<CachedFile[]> {
    const files = (await this.#catalogued()) ?? [];
    const still: CachedFile[] = [];
    for (const file of files) {
      if (file.covers.every((id) => listed.has(id)) && this.#opens(file)) still.push(file);
      else await this.#discard(file);
    }
    return still;
  }

  #opens(file: CachedFile): boolean {
    try {
      const table = this.#open(file);
      try {
        table.check();
      } finally {
        table.close();
      }
      return true;
    } catch {
      return false;
    }
  }

  async #fetchAll(ids: string[]): Promise<CachedFile[]> {
    const files: CachedFile[] = [];
    let tables: Table[] = [];
    let covers: string[] = [];
    const flush = async () => {
      if (covers.length > 0) files.push(await this.#write(partsOf(mergeTables(tables)), covers));
      tables = [];
      covers = [];
    };
    for (let at = 0; at < ids.length; at += CONCURRENT_GETS) {
      const some = ids.slice(at, at + CONCURRENT_GETS);
      const read = await Promise.all(some.map((id) => this.#readOne(id)));
      for (const [i, table] of read.entries()) {
        if (table === 'unreadable') continue; // the next time it is tried again
        if (table !== 'foreign') tables.push(table);
        covers.push(some[i] as string);
      }
      if (rowsOf(tables) > ROWS_AT_ONCE) await flush();
    }
    await flush();
    return files;
  }

  /** One that does not open is passed over: what only it knew is stored again, or missed when it is read. */
  async #readOne(id: string): Promise<Table | 'foreign' | 'unreadable'> {
    const name = indexName(fromHex(id, ID_BYTES, `index/${id}`));
    try {
      return await readIndexObject(this.#store, this.#keys, name);
    } catch (error) {
      if (!isBmcloudError(error, 'damaged', 'not-allowed', 'not-found')) throw error;
      if (error.code === 'damaged') this.#options.onDamaged?.(name, error);
      return error.code === 'not-allowed' ? 'foreign' : 'unreadable';
    }
  }

  async #merge(files: CachedFile[]): Promise<CachedFile[]> {
    const chosen = toMerge(files, this.#options.maxFiles ?? MAX_FILES);
    if (chosen.length === 0) {
      await this.#record(files);
      return files;
    }
    const merged = await this.#mergeAll(chosen);
    const kept = [...files.filter((file) => !chosen.includes(file)), merged];
    await this.#record(kept);
    for (const file of chosen) await this.#discard(file);
    return kept;
  }

  async #mergeAll(files: CachedFile[]): Promise<CachedFile> {
    const opened = files.map((file) => this.#open(file));
    try {
      const refined = sortIds(concat(opened.map((file) => file.refined)));
      return await this.#write(
        mergedParts(opened, refined),
        files.flatMap(({ covers }) => covers),
      );
    } finally {
      for (const file of opened) file.close();
    }
  }

  async #write(parts: TableParts, covers: string[]): Promise<CachedFile> {
    const random = this.#options.random ?? systemRandom;
    const name = `${toHex(random(8))}.table`;
    const rows = await writeTableFile(join(this.#directory, name), parts);
    return { name, covers, rows };
  }

  async #openAll(files: CachedFile[]): Promise<TableFile[]> {
    return files.map((file) => this.#open(file));
  }

  #open({ name }: CachedFile): TableFile {
    return new TableFile(join(this.#directory, name), this.#options.pages);
  }

  async #discard(file: CachedFile): Promise<void> {
    await removeLocal(join(this.#directory, file.name));
  }

  async #catalogued(): Promise<CachedFile[] | undefined> {
    return (await readLocalJson(this.#cataloguePath(), catalogue))?.files;
  }

  /** What stands there already is not written: who reads from a cache that cannot be written to can go on. */
  async #record(files: CachedFile[]): Promise<void> {
    if (isDeepStrictEqual(files, await this.#catalogued())) return;
    await writeLocalJson(this.#cataloguePath(), { files });
  }

  #cataloguePath(): string {
    return join(this.#directory, 'catalogue.json');
  }
}

function rowsOf(tables: Table[]): number {
  return tables.reduce((sum, table) => sum + table.rows.length / ROW_BYTES, 0);
}

/** Of too many files the smallest, and with them all that are not much larger. */
function toMerge(files: CachedFile[], maxFiles: number): CachedFile[] {
  if (files.length <= maxFiles) return [];
  const bySize = files.toSorted((a, b) => a.rows - b.rows);
  const chosen: CachedFile[] = [];
  let rows = 0;
  for (const file of bySize) {
    const isEnough = files.length - chosen.length < maxFiles;
    if (isEnough && file.rows > rows * GROWTH) break;
    chosen.push(file);
    rows += file.rows;
  }
  return chosen;
}
