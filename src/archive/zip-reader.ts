import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type ZipEntry, type ZipFile } from 'yauzl';
import { messageOf, systemCodeOf } from '../errors.ts';
import type { EntryType } from '../model/entry.ts';
import {
  damagedArchive,
  isUnreadable,
  type MemberStat,
  type OpenArchive,
  type ReadMember,
  unreadable,
} from './member.ts';

/*
 * Zip archives by their directory, which is what counts: bytes that it does not name are not there.
 */

const UNIX = 3;
const DARWIN = 19;
const UTF8 = 0x0800;
const DIRECTORY = 0x10;
const READ_ONLY = 0x01;
const ENTRY_MAGIC = Buffer.from('PK\x01\x02', 'latin1');
const LONGEST_TARGET = 64 * 1024;
const TYPE_BITS = 0o170000;

const typesByMode = new Map<number, EntryType>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
  [0o020000, 'character'],
  [0o060000, 'block'],
]);

/** @throws `damaged` when it is no zip; what the system says of the file */
export async function openZipArchive(path: string): Promise<OpenArchive> {
  const zip = await openZip(path);
  return { members: membersOf(zip), close: () => zip.close() };
}

/** In the order of the directory. @throws `damaged` */
async function* membersOf(zip: ZipFile): AsyncGenerator<ReadMember> {
  const entries = zip.eachEntry()[Symbol.asyncIterator]();
  for (let next = await nextOf(zip, entries); !next.done; next = await nextOf(zip, entries)) {
    yield await memberOf(zip, next.value);
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: true });
  } catch (error) {
    throw ofArchive(error, 'A zip has its directory at its end: nothing was unpacked; get the archive again');
  }
}

async function nextOf(zip: ZipFile, entries: AsyncIterator<ZipEntry>): Promise<IteratorResult<ZipEntry>> {
  try {
    // The count at the end has 16 bits, and some writers (macOS) keep no more of a larger one.
    if (zip.entriesRead === zip.entryCount && (await hasAnother(zip))) zip.entryCount++;
    return await entries.next();
  } catch (error) {
    throw ofArchive(error);
  }
}

/** Whether the directory goes on where the entries that were counted end. */
async function hasAnother(zip: ZipFile): Promise<boolean> {
  const { readEntryCursor: at, fileSize } = zip;
  const { length } = ENTRY_MAGIC;
  if (at + length > fileSize) return false;
  const magic = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStreamLowLevel(at, length, 0, length, false, null, (error, stream) =>
      error ? reject(error) : resolve(stream),
    );
  });
  return ENTRY_MAGIC.equals(Buffer.concat(await magic.toArray()));
}

/** What the system says of a file is not damage. */
function ofArchive(error: unknown, hint?: string): unknown {
  return systemCodeOf(error) === undefined ? damagedArchive(messageOf(error), error, hint) : error;
}

async function memberOf(zip: ZipFile, entry: ZipEntry): Promise<ReadMember> {
  const name = nameOf(entry);
  const plain = statOf(entry, name);
  const found = unsupportedOf(entry, plain);
  const { stat, unsupported } =
    plain.type === 'symlink' && found === undefined
      ? await withTarget(zip, entry, plain)
      : { stat: plain, unsupported: found };
  return {
    name,
    stat,
    ...(unsupported !== undefined && { unsupported }),
    ...(isFilled(entry, stat) && { warning: 'it is a directory, but has data, which are not unpacked' }),
    fromWindows: !isUnix(entry),
    independent: true,
    data: () => dataOf(zip, entry),
  };
}

/** Without the mark of UTF-8, names made on Unix are bytes; others are in the letters of old DOS. */
function nameOf(entry: ZipEntry): Uint8Array {
  const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry;
  if (generalPurposeBitFlag & UTF8 || isUnix(entry)) return fileNameRaw;
  return Buffer.from(getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true));
}

function isUnix({ versionMadeBy }: ZipEntry): boolean {
  return versionMadeBy >>> 8 === UNIX || versionMadeBy >>> 8 === DARWIN;
}

function statOf(entry: ZipEntry, name: Uint8Array): MemberStat {
  const { externalFileAttributes: attributes, uncompressedSize } = entry;
  const unix = isUnix(entry) ? attributes >>> 16 : 0;
  const isDirectory = name.at(-1) === 0x2f || (unix === 0 && (attributes & DIRECTORY) !== 0);
  const type = isDirectory ? 'directory' : typeOf(unix, uncompressedSize);
  const usual = (isDirectory ? 0o777 : 0o666) & (attributes & READ_ONLY ? ~0o222 : ~0o022);
  const milliseconds = entry.getLastModDate().getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return {
    type,
    size: type === 'file' ? uncompressedSize : 0,
    mtime: { seconds, nanos: Math.floor((milliseconds - seconds * 1000) * 1_000_000) },
    mode: unix === 0 ? usual : unix & 0o7777,
    uid: 0,
    gid: 0,
  };
}

/** What was read from a pipe or a device (`zip archive -`) is named one, and has data: it is a file. */
function typeOf(mode: number, size: number): EntryType {
  const type = typesByMode.get(mode & TYPE_BITS) ?? 'file';
  return size === 0 || type === 'directory' || type === 'symlink' ? type : 'file';
}

function unsupportedOf(entry: ZipEntry, { type }: MemberStat): string | undefined {
  if (entry.isEncrypted()) return 'it is encrypted';
  if (!entry.canDecodeFileData())
    return `it is packed by a method that is not known (${entry.compressionMethod})`;
  const isLong = type === 'symlink' && entry.uncompressedSize > LONGEST_TARGET;
  return isLong ? 'it is a link to a path that is too long' : undefined;
}

function isFilled({ uncompressedSize }: ZipEntry, { type }: MemberStat): boolean {
  return uncompressedSize > 0 && type === 'directory';
}

/** Where a link leads stands in its data. */
async function withTarget(
  zip: ZipFile,
  entry: ZipEntry,
  stat: MemberStat,
): Promise<{ stat: MemberStat; unsupported?: string }> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of dataOf(zip, entry)) pieces.push(piece);
  } catch (error) {
    if (isUnreadable(error)) return { stat, unsupported: error.message };
    throw error;
  }
  return { stat: { ...stat, target: Buffer.concat(pieces) } };
}

/** The size is checked by the library, which stops where more comes than was said; the checksum here. */
async function* dataOf(zip: ZipFile, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  let crc = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      crc = crc32(piece, crc);
      yield piece;
    }
  } catch (error) {
    throw unreadable(`its data are damaged: ${messageOf(error)}`, 'damaged', error);
  }
  if (crc !== entry.crc32) throw unreadable('its data are damaged: they have another checksum', 'damaged');
}
