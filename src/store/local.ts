import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from '../errors.ts';
import { checkFolder, checkKey, checkPrefix, cutShort, notFound } from './key.ts';
import { localError } from './local-errors.ts';
import { describeFile, listFileNames, listFiles } from './local-list.ts';
import { readRange, readWhole } from './local-read.ts';
import { sweepDrafts } from './local-sweep.ts';
import { type Draft, draft, nameDraft, nameDraftIfAbsent, removeFile, writePieces } from './local-write.ts';
import { OpenFiles } from './open-files.ts';
import { watchSource } from './source.ts';
import {
  type ByteRange,
  type ListOptions,
  type Pieces,
  readPieces,
  type Store,
  type StoredObject,
} from './store.ts';

/** Enough for the packs that a restore reads at once. */
const OPEN_FILES = 16;

/**
 * A repository in a directory: a disk, a USB drive, a mounted NAS. Folders are made (0700) as they are needed, files are 0600,
 * and everything is synced before it gets its name. A directory that is not there is empty.
 *
 * What network mounts do not give: SMB and FUSE often have no hard links (see `claimName`) and may answer a sync before the
 * server's disk has the bytes; NFS exports with `async` do the same; NFS clients cache directories for up to a minute, so that
 * another machine's newest manifest may show late, which costs it a second try and nothing else: `link` is decided by the server.
 */
export function localStore(directory: string): Store {
  return new LocalStore(directory);
}

class LocalStore implements Store {
  readonly name: string;
  readonly #opened = new OpenFiles(OPEN_FILES);
  #lastAnswer: { store: Date; local: Date } | undefined;

  constructor(directory: string) {
    this.name = directory;
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#act(key, async (path) => {
      try {
        const bytes = await (range
          ? this.#opened.use(path, (file) => readRange(file, range))
          : readWhole(path));
        if (range && bytes.length < range.end - range.start) throw cutShort(key, this.name);
        return bytes;
      } catch (error) {
        throw isAbsence(error) ? notFound(key, this.name, error) : error;
      }
    });
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#act(key, async (path) =>
      this.#replace(path, await this.#write((file) => file.writeFile(bytes))),
    );
  }

  putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    return this.#act(key, async (path) =>
      nameDraftIfAbsent(await this.#write((file) => file.writeFile(bytes)), path),
    );
  }

  async putStream(key: string, pieces: Pieces): Promise<void> {
    const source = watchSource(readPieces(pieces));
    try {
      await this.#act(key, async (path) =>
        this.#replace(path, await this.#write((file) => writePieces(file, source.pieces))),
      );
    } catch (error) {
      throw source.failure ? source.failure.error : error;
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncGenerator<StoredObject> {
    checkPrefix(prefix);
    try {
      yield* listFiles(this.name, prefix, options);
    } catch (error) {
      throw localError(error, this.name, prefix);
    }
  }

  async *listNames(prefix: string): AsyncGenerator<string> {
    checkFolder(prefix);
    try {
      yield* listFileNames(this.name, prefix);
    } catch (error) {
      throw localError(error, this.name, prefix);
    }
  }

  stat(key: string): Promise<StoredObject | undefined> {
    return this.#act(key, () => describeFile(this.name, key));
  }

  delete(key: string): Promise<void> {
    return this.#act(key, async (path) => {
      await this.#opened.forget(path);
      await removeFile(path);
    });
  }

  clock(): { store: Date; local: Date } | undefined {
    return this.#lastAnswer;
  }

  async sweep(): Promise<number> {
    try {
      return await sweepDrafts(this.name);
    } catch (error) {
      throw localError(error, this.name, '');
    }
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  /** Runs `action` with the path of a key, and turns what the system says into errors of ours. */
  async #act<T>(key: string, action: (path: string) => Promise<T>): Promise<T> {
    checkKey(key);
    try {
      return await action(join(this.name, key));
    } catch (error) {
      throw localError(error, this.name, key);
    }
  }

  async #write(fill: (file: FileHandle) => Promise<void>): Promise<Draft> {
    const written = await draft(this.name, fill);
    this.#lastAnswer = { store: written.written, local: new Date() };
    return written;
  }

  async #replace(path: string, written: Draft): Promise<void> {
    await this.#opened.forget(path); // Windows replaces nothing that is open
    await nameDraft(written, path);
    await this.#opened.forget(path); // who opened the old file meanwhile finishes with it
  }
}
