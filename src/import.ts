import { realpathSync, statSync } from 'node:fs';
import { type ArchiveKind, kindOf, openArchive } from './archive/read.ts';
import { makeTop } from './download/folders.ts';
import { Outcome } from './download/outcome.ts';
import { BmcloudError, messageOf, systemCodeOf } from './errors.ts';
import type { OnEvent } from './model/events.ts';
import { alone } from './target-lock.ts';
import { type UnpackLimits, usualLimits } from './unpack/limits.ts';
import { targetBelow } from './unpack/names.ts';
import { Unpacker } from './unpack/unpacker.ts';

export type { ArchiveKind };

/** Which archive is unpacked, and where. */
export interface ImportOptions {
  /** Absolute path of the archive. */
  archive: string;
  /** Absolute path of the directory to unpack into; made if it is not there. */
  to: string;
  /** Replace files that are there already. */
  overwrite: boolean;
  /** Give files back to their owners; only root can, and only a tar tells them. */
  ownership: boolean;
  /** Absent: 100 times the archive's size, at least 10 GiB; 5,000,000 members. */
  limits?: Partial<UnpackLimits>;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}

/** What was unpacked. */
export interface ImportResult {
  archive: string;
  kind: ArchiveKind;
  target: string;
  files: number;
  directories: number;
  /** Symbolic links, further names of files, FIFOs. */
  links: number;
  /** Of files that were written. */
  bytes: number;
  /** Files and links that were there already. */
  unchanged: number;
  failed: { path: string; reason: string; code: string }[];
}

/**
 * Unpacks a zip, tar, tar.gz or tar.zst into a directory. Nothing is ever written outside of it, nor through a link. What cannot
 * be unpacked is named in `failed`; a second run completes what is missing.
 * @throws `not-found`, `source-unreadable`; `usage` for what is no archive, or where it becomes more than the limits allow;
 *   `damaged`, `target`, `busy`, `disk-full`, `interrupted`
 */
export async function importArchive(options: ImportOptions): Promise<ImportResult> {
  const { archive } = options;
  const found = await ofArchive(archive, async () => ({
    kind: await kindOf(archive),
    size: statSync(archive).size,
  }));
  return await alone([options.to], () => unpackArchive(options, found));
}

async function unpackArchive(
  options: ImportOptions,
  { kind, size }: { kind: ArchiveKind; size: number },
): Promise<ImportResult> {
  const { archive, onEvent: tell = () => {}, signal } = options;
  makeTop(options.to);
  const target = targetBelow(Buffer.from(realpathSync(options.to)));
  const outcome = new Outcome(tell);
  const unpacker = new Unpacker({
    target,
    existing: options.overwrite ? 'replace' : 'keep',
    limits: { ...usualLimits(size), ...options.limits },
    attributes: { ownership: options.ownership && kind !== 'zip', setIds: options.ownership, target },
    outcome,
    signal,
  });
  tell({ type: 'phase', phase: 'unpacking' });
  const opened = await openArchive(
    archive,
    kind,
    (message, hint) => tell({ type: 'warning', message, ...(hint !== undefined && { hint }) }),
    signal,
  );
  try {
    await unpacker.unpack(opened.members);
  } finally {
    await unpacker.close();
    opened.close();
  }
  const { files, directories, links, bytes, unchanged } = outcome;
  return {
    archive,
    kind,
    target: options.to,
    files,
    directories,
    links,
    bytes,
    unchanged,
    failed: outcome.failed,
  };
}

async function ofArchive<T>(archive: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === undefined || error instanceof BmcloudError) throw error;
    if (code === 'ENOENT')
      throw new BmcloudError('not-found', `There is no file ${archive}`, { cause: error });
    throw new BmcloudError('source-unreadable', `${archive} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
