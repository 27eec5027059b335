import { Bundler } from './bundle/bundler.ts';
import { diskItems } from './bundle/disk-items.ts';
import { type ArchiveFormat, writerFor } from './bundle/formats.ts';
import type { Item } from './bundle/item.ts';
import { BundleOutcome } from './bundle/outcome.ts';
import { type ArchiveTarget, type Output, openOutput } from './bundle/output.ts';
import { snapshotItems } from './bundle/snapshot-items.ts';
import { checkMatched, matchPaths } from './match-paths.ts';
import type { OnEvent, Progress } from './model/events.ts';
import type { Moment } from './model/moment.ts';
import { displayPath } from './model/path.ts';
import type { Repository } from './repository/repository.ts';
import { stateOf } from './repository/states.ts';
import { type LookOptions, look } from './scan/look.ts';
import { resolveSources } from './scan/sources.ts';
import { chooseSnapshot, type SnapshotInfo } from './snapshots.ts';
import { alone } from './target-lock.ts';

export type { ArchiveFormat, ArchiveTarget };

/** How an archive is written, and where it goes. */
export interface ArchiveOptions {
  format: ArchiveFormat;
  /** zip: 0 … 9, default 6; tar.zst: 1 … 19, default 3. */
  level?: number;
  to: ArchiveTarget;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}

/** What of which snapshot goes into an archive. */
export interface ExportOptions extends ArchiveOptions {
  at: Moment;
  job?: string;
  /** Paths or globs; none: everything. */
  paths: string[];
  /** Take what an interrupted push saved, too. */
  partial?: boolean;
}

/** Which directories of this machine go into an archive. */
export interface DirectoryExportOptions
  extends ArchiveOptions,
    Pick<LookOptions, 'oneFileSystem' | 'excludeCaches' | 'rules'> {
  /** Paths or globs. */
  sources: string[];
  cwd: string;
  /** Leave out what every push leaves out. Default: true. */
  defaultExcludes?: boolean;
}

/** What an archive has become. */
export interface ExportResult {
  /** What was exported; absent where it came from the disk. */
  snapshot?: SnapshotInfo;
  format: ArchiveFormat;
  files: number;
  directories: number;
  links: number;
  /** FIFOs and devices. */
  specials: number;
  /** Of files. */
  bytes: number;
  /** Of the archive. */
  archiveBytes: number;
  /** What the format has no place for, or what is in a cloud only. */
  leftOut: number;
  /** Files that others wrote to while they were read. */
  changed: number;
  /** Paths that are not in the archive and should be. */
  failed: { path: string; reason: string; code: string }[];
}

/**
 * Writes a snapshot, or paths in it, into an archive: as a stream, without temporary files. A file whose data are damaged is named
 * in `failed` and is not in the archive.
 * @throws `no-snapshot`, `no-job`, `not-allowed`, `not-found` when a path matches nothing; `damaged` (metadata, or a large file on
 *   its way into a stream that cannot be taken back); `target`, `disk-full`, `interrupted`
 */
export async function exportSnapshot(opened: Repository, options: ExportOptions): Promise<ExportResult> {
  const repository = opened.attended(options);
  const { info, stored } = await chooseSnapshot(repository, options);
  const { header } = stored.manifest;
  const matcher = matchPaths(options.paths, header);
  const state = await stateOf(repository, stored);
  const { tell, signal } = repository;
  const { files, bytes } = header.statistics ?? {};
  const isAll = options.paths.length === 0 && files !== undefined && bytes !== undefined;
  const watched = { ...options, signal, tell };
  tell({ type: 'phase', phase: 'archiving' });
  const totals = isAll ? { totalFiles: files, totalBytes: bytes } : {};
  const { outcome } = await archive(watched, totals, ({ outcome: told }) =>
    everyItem(
      snapshotItems(state, matcher, repository.readChunk, (path, reason) =>
        told.fail(displayPath(path), reason, 'EINVAL'),
      ),
      () => checkMatched(matcher),
    ),
  );
  return { snapshot: info, ...resultOf(options.format, outcome) };
}

/**
 * Writes directories of this machine into an archive, in the order and with the names that a push would find. What cannot be read
 * is named in `failed`.
 * @throws `source-missing`, `source-unreadable`, `target`, `disk-full`, `damaged` as above, `interrupted`
 */
export async function exportDirectory(options: DirectoryExportOptions): Promise<ExportResult> {
  const { sources } = await resolveSources(options.sources, options.cwd);
  const lookAt: LookOptions = {
    sources,
    oneFileSystem: options.oneFileSystem,
    excludeCaches: options.excludeCaches,
    defaultExcludes: options.defaultExcludes === false ? 'none' : 'all',
    ...(options.rules && { rules: options.rules }),
    ownDirectories: [],
  };
  const watched = { ...options, signal: options.signal, tell: options.onEvent ?? (() => {}) };
  watched.tell({ type: 'phase', phase: 'archiving' });
  const { outcome } = await archive(watched, {}, ({ outcome: told, output }) => {
    const found = look(lookAt, ({ problems, cloud }) => {
      for (const { native, message, code } of problems) told.fail(native, message, code);
      for (const path of cloud) told.leaveOut(path, 'its data are in a cloud, not on this computer');
    });
    const onChanged = (path: Uint8Array) => told.noteChanged(path);
    return diskItems(found, { sources, isOwn: (stats) => output.isItself(stats), onChanged });
  });
  return resultOf(options.format, outcome);
}

interface Ground {
  outcome: BundleOutcome;
  output: Output;
}

type Watched = Omit<ArchiveOptions, 'signal'> & { signal: AbortSignal | undefined; tell: OnEvent };
type Totals = Pick<Progress, 'totalFiles' | 'totalBytes'>;
type ItemsFor = (ground: Ground) => AsyncIterable<Item>;

/** From items to a finished archive: all that both kinds of export share. */
async function archive(options: Watched, totals: Totals, itemsFor: ItemsFor): Promise<Ground> {
  const { to } = options;
  return await alone('file' in to ? [to.file] : [], () => archiveTo(options, totals, itemsFor));
}

async function archiveTo(
  { format, level, to, signal, tell }: Watched,
  totals: Totals,
  itemsFor: ItemsFor,
): Promise<Ground> {
  const outcome = new BundleOutcome(tell, totals);
  const output = openOutput(to);
  try {
    const bundler = new Bundler({ writer: writerFor(format, output, level), outcome, signal });
    await bundler.putAll(itemsFor({ outcome, output }));
    output.complete();
    outcome.archiveBytes = output.length;
    return { outcome, output };
  } finally {
    output.close();
  }
}

/** Whoever named a path that is not there gets no archive that lacks it. */
async function* everyItem(items: AsyncIterable<Item>, check: () => void): AsyncGenerator<Item> {
  yield* items;
  check();
}

function resultOf(format: ArchiveFormat, outcome: BundleOutcome): Omit<ExportResult, 'snapshot'> {
  const { files, directories, links, specials, bytes, archiveBytes, leftOut, changed, failed } = outcome;
  return { format, files, directories, links, specials, bytes, archiveBytes, leftOut, changed, failed };
}
