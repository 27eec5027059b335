import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { BmcloudError, isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { untilAborted } from '../flow/until-aborted.ts';
import { isZero } from '../model/zero.ts';
import { gunzip } from './gunzip.ts';
import { damagedArchive, type OpenArchive, type Warn } from './member.ts';
import { isHeader } from './tar-header.ts';
import { readTar } from './tar-reader.ts';
import { unzstd } from './unzstd.ts';
import { openZipArchive } from './zip-reader.ts';

/** What an archive is, by its first bytes. */
export type ArchiveKind = 'zip' | 'tar' | 'tar.gz' | 'tar.zst';

const TAR_MAGIC_AT = 257;
const START_BYTES = 512;

/** @throws `usage` for what is no archive; what the system says of the file */
export async function kindOf(path: string): Promise<ArchiveKind> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(START_BYTES);
    const { bytesRead } = await file.read(start, 0, START_BYTES, 0);
    const kind = kindOfStart(start.subarray(0, bytesRead));
    if (kind) return kind;
  } finally {
    await file.close();
  }
  throw new BmcloudError('usage', `${path} is not an archive that is known here`, {
    hint: 'Archives of the kinds zip, tar, tar.gz and tar.zst are read',
  });
}

function kindOfStart(start: Buffer): ArchiveKind | undefined {
  const magic = start.toString('latin1', 0, 4);
  if (magic === 'PK\x03\x04' || magic === 'PK\x05\x06') return 'zip';
  if (magic.startsWith('\x1f\x8b')) return 'tar.gz';
  if (magic === '\x28\xb5\x2f\xfd') return 'tar.zst';
  const isTar = start.toString('latin1', TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === 'ustar';
  const isWhole = start.length === START_BYTES;
  return isTar || (isWhole && (isZero(start) || isHeader(start))) ? 'tar' : undefined;
}

/** Close it. @throws `damaged`, `interrupted`; what the system says of the file */
export async function openArchive(
  path: string,
  kind: ArchiveKind,
  warn: Warn,
  signal?: AbortSignal,
): Promise<OpenArchive> {
  if (kind === 'zip') return await openZipArchive(path);
  // The stream ends with its reader.
  return { members: readTar(untilAborted(unpacked(path, kind, warn), signal), warn), close: () => {} };
}

async function* unpacked(path: string, kind: ArchiveKind, warn: Warn): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    yield* decoded(file, kind, warn);
  } catch (error) {
    // Both the decoders and the disk speak by codes; what has none is a bug.
    if (isBmcloudError(error) || systemCodeOf(error) === undefined) throw error;
    throw damagedArchive(messageOf(error), error);
  } finally {
    file.destroy();
  }
}

function decoded(file: AsyncIterable<Uint8Array>, kind: ArchiveKind, warn: Warn): AsyncIterable<Uint8Array> {
  if (kind === 'tar.zst') return unzstd(file, warn);
  return kind === 'tar.gz' ? gunzip(file, warn) : file;
}
