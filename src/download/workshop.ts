import { availableParallelism } from 'node:os';
import { loadFilesAddon, type NativeFiles } from '../native/files.ts';
import { Attributes } from './attributes.ts';
import { type CheckParts, WindowChecker } from './check.ts';
import { deleteOne, Extras } from './extras.ts';
import type { FileParts } from './files.ts';
import { Filler } from './filler.ts';
import { FolderNotes } from './folder-notes.ts';
import type { RestoreGround } from './ground.ts';
import { HardLinks } from './hard-links.ts';
import { Lanes } from './lanes.ts';
import type { Outcome } from './outcome.ts';
import type { RestParts } from './rest.ts';
import { ownDirectories } from './survey.ts';
import { Turns } from './turns.ts';
import { WindowWriter } from './window-writer.ts';
import { Windows } from './windows.ts';
import { WindowsMetadata } from './windows-metadata.ts';

/** Everything that a restore works with, put together once. */
export interface Workshop {
  forFiles: FileParts;
  forRest: RestParts;
  forCheck: CheckParts;
  /** Waits until all files are written. */
  filesDone(): Promise<void>;
  checkDone(): Promise<void>;
  close(): Promise<void>;
}

export function openWorkshop(ground: RestoreGround, outcome: Outcome): Workshop {
  const { repository, domain, options, target, signal } = ground;
  const { overwrite, ownership, verify: distrust } = options;
  const settings = { target, ownership, setIds: ownership || 'inPlace' in options.target };
  const lanes = new Lanes(settings, threadsFor(options.workers, outcome));
  const writing = new Windows(new WindowWriter(repository, lanes, outcome, domain, signal).write);
  const checking = new Windows(new WindowChecker(lanes, outcome, repository.keys, domain).check);
  const attributes = new Attributes(settings);
  const links = new HardLinks(target);
  const windowsFiles = options.windowsFiles ?? loadFilesAddon();
  const extras = options.deleteExtra ? extrasOf(ground, outcome, windowsFiles) : undefined;
  const turns = new Turns();
  const windows = windowsFiles && {
    metadata: new WindowsMetadata({
      windows: windowsFiles,
      ownership,
      readChunk: repository.readChunk,
      setTime: (place, stat) => attributes.setTime(place, stat),
    }),
  };
  const shared = { outcome, links, notes: new FolderNotes(overwrite), overwrite, extras };
  const toWrite = new Filler(writing, repository.readChunk);
  const toCheck = new Filler(checking, repository.readChunk);
  return {
    forFiles: {
      ...shared,
      filler: toWrite,
      distrust,
      turns,
      touch: (existing, stat) => attributes.mend(existing, stat),
    },
    forRest: {
      ...shared,
      attributes,
      windows: windows && { ...windows, turns: turns.reader() },
    },
    forCheck: { outcome, links, filler: toCheck, turns: turns.reader() },
    filesDone: () => toWrite.finish(),
    checkDone: () => toCheck.finish(),
    close: async () => {
      outcome.lose(attributes.lost);
      if (windows) outcome.refuse(windows.metadata.refused);
      await lanes.close();
      await Promise.all([writing.settle(), checking.settle()]);
    },
  };
}

function extrasOf(
  { repository, header, target }: RestoreGround,
  outcome: Outcome,
  windows: NativeFiles | undefined,
): Extras {
  return new Extras({
    outcome,
    target,
    skipped: header.skipped.map(({ path }) => path),
    own: ownDirectories(repository),
    windows,
    act: (_, place, isDirectory) => deleteOne(place, isDirectory),
  });
}

/** Starting threads takes longer than restoring a few files. */
const FEW = { files: 256, bytes: 16 * 1024 * 1024 };

function threadsFor(wished: number | undefined, { totals }: Outcome): number {
  if (wished !== undefined) return wished;
  const { totalFiles = Number.POSITIVE_INFINITY, totalBytes = Number.POSITIVE_INFINITY } = totals;
  const cores = availableParallelism();
  return cores === 1 || (totalFiles <= FEW.files && totalBytes <= FEW.bytes) ? 0 : cores;
}
