import { type FileHandle, open } from 'node:fs/promises';

interface OpenFile {
  handle: Promise<FileHandle>;
  readers: number;
  /** No longer wanted: the last reader closes it. */
  forgotten: boolean;
}

/**
 * Files kept open between ranged reads, the least recently used given up first: a restore reads many ranges of few packs, and
 * opening costs a round trip on a network file system.
 */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Lends the file at `path`, opened for reading, to `read`. */
  async use<T>(path: string, read: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#take(path);
    file.readers++;
    try {
      return await read(await file.handle);
    } catch (error) {
      this.#forget(path, file);
      throw error;
    } finally {
      file.readers--;
      await closeIfDone(file);
    }
  }

  /** Closes the file at `path`, because it is to be replaced or deleted. */
  async forget(path: string): Promise<void> {
    const file = this.#files.get(path);
    if (!file) return;
    this.#forget(path, file);
    await closeIfDone(file);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.keys()].map((path) => this.forget(path)));
  }

  #take(path: string): OpenFile {
    const file = this.#files.get(path) ?? { handle: open(path, 'r'), readers: 0, forgotten: false };
    this.#files.delete(path);
    this.#files.set(path, file);
    for (const [oldest, candidate] of this.#files) {
      if (this.#files.size <= this.#most) break;
      this.#forget(oldest, candidate);
      void closeIfDone(candidate);
    }
    return file;
  }

  #forget(path: string, file: OpenFile): void {
    file.forgotten = true;
    if (this.#files.get(path) === file) this.#files.delete(path);
  }
}

async function closeIfDone(file: OpenFile): Promise<void> {
  if (!file.forgotten || file.readers > 0) return;
  const handle = await file.handle.catch(() => undefined); // its readers were told why it does not open
  await handle?.close();
}
