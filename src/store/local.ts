import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFolder, checkKey, checkPrefix, cutShort, notFound } from './key.ts';
import { localError } from './local-errors.ts';
import { describeFile, isAbsence, listFileNames, listFiles } from './local-list.ts';
import { readRange, readWhole } from './local-read.ts';
import { sweepDrafts } from './local-sweep.ts';
import { type Draft, draft, nameDraft, nameDraftIfAbsent, removeFile } from './local-write.ts';
import { OpenFiles } from './open-files.ts';
import { watchSource } from './source.ts';
import { readPieces, type Store } from './store.ts';

/** Enough for the packs that a restore reads at once. */
const OPEN_FILES = 16;

/**
 * A repository in a directory: a disk, a USB drive, a mounted NAS. Folders are made (0700) as they are needed, files are 0600,
 * and everything is synced before it gets its name.
 *
 * What network mounts do not give: SMB and FUSE often have no hard links (see `claimName`) and may answer a sync before the
 * server's disk has the bytes; NFS exports with `async` do the same; NFS clients cache directories for up to a minute, so that
 * another machine's newest manifest may show late, which costs it a second try and nothing else: `link` is decided by the server.
 */
export function localStore(directory: string): Store {
  const opened = new OpenFiles(OPEN_FILES);
  let lastAnswer: { store: Date; local: Date } | undefined;

  const pathOf = (key: string) => {
    checkKey(key);
    return join(directory, key);
  };
  const write = async (fill: (file: FileHandle) => Promise<void>): Promise<Draft> => {
    const written = await draft(directory, fill);
    lastAnswer = { store: written.written, local: new Date() };
    return written;
  };
  const replace = async (path: string, written: Draft) => {
    await opened.forget(path);
    await nameDraft(written, path);
  };
  const act = async <T>(key: string, action: (path: string) => Promise<T>): Promise<T> => {
    const path = pathOf(key);
    try {
      return await action(path);
    } catch (error) {
      throw localError(error, directory, key);
    }
  };

  return {
    name: directory,
    get: (key, range) =>
      act(key, async (path) => {
        const bytes = await (range
          ? opened.use(path, (file) => readRange(file, range))
          : readWhole(path)
        ).catch((error: unknown) => {
          throw isAbsence(error) ? notFound(key, directory, error) : error;
        });
        if (range && bytes.length < range.end - range.start) throw cutShort(key, directory);
        return bytes;
      }),
    put: (key, bytes) =>
      act(key, async (path) => replace(path, await write((file) => file.writeFile(bytes)))),
    putIfAbsent: (key, bytes) =>
      act(key, async (path) => nameDraftIfAbsent(await write((file) => file.writeFile(bytes)), path)),
    async putStream(key, pieces) {
      const path = pathOf(key);
      const source = watchSource(readPieces(pieces));
      try {
        await replace(path, await write((file) => writePieces(file, source.pieces)));
      } catch (error) {
        throw source.failure ? source.failure.error : localError(error, directory, key);
      }
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      try {
        yield* listFiles(directory, prefix, options);
      } catch (error) {
        throw localError(error, directory, prefix);
      }
    },
    async *listNames(prefix) {
      checkFolder(prefix);
      try {
        yield* listFileNames(directory, prefix);
      } catch (error) {
        throw localError(error, directory, prefix);
      }
    },
    stat: (key) => act(key, () => describeFile(directory, key)),
    delete: (key) =>
      act(key, async (path) => {
        await opened.forget(path);
        await removeFile(path);
      }),
    clock: () => lastAnswer,
    sweep: () => act('sweep', () => sweepDrafts(directory)),
    close: () => opened.close(),
  };
}

async function writePieces(file: FileHandle, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) await file.writeFile(piece);
}
