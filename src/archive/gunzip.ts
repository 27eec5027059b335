import { crc32, createInflateRaw } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { decodedBy, passTrailing } from './decoder.ts';
import { damagedArchive, type Warn } from './member.ts';

/*
 * Gzip (RFC 1952), member by member: the decoder of Node.js does not tell what lies behind the last one from damage.
 */

const MAGIC = Buffer.of(0x1f, 0x8b);
const DEFLATE = 8;
const HAS_CHECKSUM = 0x02;
const HAS_EXTRA = 0x04;
const HAS_NAME = 0x08;
const HAS_COMMENT = 0x10;
const UNKNOWN_FLAGS = 0xe0;

/** Decompresses a stream of any number of members. @throws `damaged`; what the decoder does */
export async function* gunzip(stream: AsyncIterable<Uint8Array>, warn: Warn): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(stream);
  try {
    do {
      await passHeader(input);
      yield* checkedData(input);
    } while (isMember(await input.peek(MAGIC.length)));
    await passTrailing(input, warn);
  } finally {
    await input.close();
  }
}

/** Even where its first bytes are cut short. */
function isMember(start: Uint8Array): boolean {
  return start.length > 0 && MAGIC.subarray(0, start.length).equals(start);
}

async function passHeader(input: ByteReader): Promise<void> {
  const header = await bytesOf(input, 10);
  const flags = header[3] as number;
  if (!isMember(header.subarray(0, 2)) || header[2] !== DEFLATE || flags & UNKNOWN_FLAGS)
    throw damagedArchive('its compression is not known');
  if (flags & HAS_EXTRA) await input.skip((await bytesOf(input, 2)).readUInt16LE());
  if (flags & HAS_NAME) await passText(input);
  if (flags & HAS_COMMENT) await passText(input);
  if (flags & HAS_CHECKSUM) await input.skip(2);
}

/** It ends in NUL. */
async function passText(input: ByteReader): Promise<void> {
  while ((await bytesOf(input, 1))[0] !== 0);
}

/** Checksum and length stand behind the data. */
async function* checkedData(input: ByteReader): AsyncGenerator<Uint8Array> {
  let crc = 0;
  let length = 0;
  for await (const piece of decodedBy(createInflateRaw(), input)) {
    crc = crc32(piece, crc);
    length += piece.length;
    yield piece;
  }
  const end = await bytesOf(input, 8);
  if (end.readUInt32LE(0) !== crc || end.readUInt32LE(4) !== length % 2 ** 32)
    throw damagedArchive('its data have another checksum');
}

async function bytesOf(input: ByteReader, count: number): Promise<Buffer> {
  const bytes = await input.exactly(count);
  if (!bytes) throw damagedArchive('it is cut short');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
