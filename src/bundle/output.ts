import {
  type BigIntStats,
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  realpathSync,
  statSync,
  write,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Sink } from '../archive/sink.ts';
import { createDraft, discard, publish } from '../download/drafts.ts';
import { draftOf } from '../download/target.ts';
import { BmcloudError, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';

/** Where an archive goes: a file, or whoever takes its bytes. */
export type ArchiveTarget =
  | { file: string; overwrite: boolean }
  /** Resolves when more may come. */
  | { write: (bytes: Uint8Array) => Promise<void> };

/** A sink with an end of its own: the archive counts once it is `complete`. */
export interface Output extends Sink {
  /** Bytes that lie in it. */
  readonly length: number;
  isItself(stats: BigIntStats): boolean;
  complete(): void;
  /** Leaves nothing behind, if it is not complete. */
  close(): void;
}

/** @throws `target` when the file is there, or cannot be made */
export function openOutput(target: ArchiveTarget): Output {
  return 'file' in target ? new FileOutput(target) : new StreamOutput(target.write);
}

const writeAsync = promisify(write);

/** Written beside its place under another name, so that what has the name is always whole. */
class FileOutput implements Output {
  readonly #file: string;
  readonly #draft: string;
  readonly #descriptor: number;
  readonly #stats: BigIntStats;
  #done = false;
  #closed = false;
  length = 0;

  constructor({ file, overwrite }: { file: string; overwrite: boolean }) {
    this.#file = placeOf(file, overwrite);
    this.#draft = draftOf(this.#file) as string;
    this.#descriptor = this.#guard(() => createDraft(this.#draft));
    this.#stats = this.#guard(() => fstatSync(this.#descriptor, { bigint: true }));
  }

  isItself({ dev, ino }: BigIntStats): boolean {
    return dev === this.#stats.dev && ino === this.#stats.ino;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeAsync(
        this.#descriptor,
        bytes,
        done,
        bytes.length - done,
        this.length,
      ).catch((error: unknown) => this.#refuse(error));
      done += bytesWritten;
      this.length += bytesWritten;
    }
  }

  async mark(): Promise<number> {
    return this.length;
  }

  async rewind(mark: number): Promise<void> {
    this.#guard(() => ftruncateSync(this.#descriptor, mark));
    this.length = mark;
  }

  async end(): Promise<void> {
    this.#guard(() => fsyncSync(this.#descriptor));
  }

  complete(): void {
    this.#closeDescriptor();
    this.#guard(() => publish(this.#draft, this.#file));
    this.#done = true;
    syncDirectory(dirname(this.#file));
  }

  close(): void {
    this.#closeDescriptor();
    if (!this.#done) discard(this.#draft);
  }

  #closeDescriptor(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }

  #guard<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    const code = systemCodeOf(error);
    if (code === undefined || isBmcloudError(error)) throw error;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new BmcloudError('disk-full', `There is no room for ${this.#file}`, { cause: error });
    throw new BmcloudError('target', `${this.#file} cannot be written: ${messageOf(error)}`, {
      hint: 'Choose another place with --output',
      cause: error,
    });
  }
}

/** Where a link leads is where the file goes. @throws `target` for what must not be replaced, before anything is read */
function placeOf(file: string, overwrite: boolean): string {
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there) return file;
  if (!there.isFile())
    throw new BmcloudError(
      'target',
      `${file} is ${there.isDirectory() ? 'a directory' : 'a device or pipe'}`,
      {
        hint: 'Name a file, or send the archive on from standard output with "-o -"',
      },
    );
  if (overwrite) return realpathSync(file);
  throw new BmcloudError('target', `There is a file ${file} already`, {
    hint: 'Choose another name, or give --overwrite',
  });
}

/** So that the name, too, is there after a crash. Windows has no such call, and some file systems refuse it. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** What was written is gone: nothing can be taken back. */
class StreamOutput implements Output {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  length = 0;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  isItself(): boolean {
    return false;
  }

  async write(bytes: Uint8Array): Promise<void> {
    // The stream may hold on to the bytes, which are ours only until this resolves.
    await this.#write(bytes.slice());
    this.length += bytes.length;
  }

  async mark(): Promise<undefined> {
    return undefined;
  }

  async rewind(): Promise<void> {}

  async end(): Promise<void> {}

  complete(): void {}

  close(): void {}
}
