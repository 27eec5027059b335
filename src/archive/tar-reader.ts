import { ByteReader } from './byte-reader.ts';
import { damagedArchive, type MemberStat, type ReadMember, type Warn } from './member.ts';
import { paxRecords, readBlock, type TarBlock, timeFrom, typeOfFlag } from './tar-fields.ts';
import { BLOCK } from './tar-header.ts';

/** Extended headers hold names and numbers: who needs more than this means harm. */
const MOST_EXTENDED = 1024 * 1024;

/** The members of a tar, one after the other; what is not read of one is passed over. @throws `damaged` */
export async function* readTar(stream: AsyncIterable<Uint8Array>, warn: Warn): AsyncGenerator<ReadMember> {
  const reader = new ByteReader(stream);
  const global: Extended = new Map();
  let extended: Extended = new Map(global);
  try {
    for (;;) {
      const block = await nextBlock(reader);
      if (!block) return await passEnd(reader, warn);
      if (block.type === VOLUME_LABEL) continue;
      if (isExtension(block)) {
        await readExtension(reader, block, block.type === 'g' ? global : extended);
        if (block.type === 'g') extended = new Map([...global, ...extended]);
        continue;
      }
      const body = new Body(reader, sizeOf(block, extended));
      yield memberOf(block, extended, body);
      await body.finish();
      extended = new Map(global);
    }
  } finally {
    await reader.close();
  }
}

/** The first header of an archive of GNU may only name it. */
const VOLUME_LABEL = 'V';

/** The end is filled up with zeros. */
async function passEnd(reader: ByteReader, warn: Warn): Promise<void> {
  if (await reader.drain()) return;
  warn(
    'Behind the end of the tar are more data, which are not read',
    'Of tars that were joined to one file, only the first is unpacked',
  );
}

/** What extended headers say of the next member, by the words of pax. */
type Extended = Map<string, Buffer>;

/** An empty value takes back what a header before it says: the member's own counts. */
function toldOf(extended: Extended, key: string): Buffer | undefined {
  const value = extended.get(key);
  return value?.length === 0 ? undefined : value;
}

/** Undefined at the end of the archive, which is a block of zeros. */
async function nextBlock(reader: ByteReader): Promise<TarBlock | undefined> {
  const bytes = await reader.exactly(BLOCK);
  if (!bytes) throw damagedArchive('it has no end: it may be cut short');
  if (bytes.every((byte) => byte === 0)) return undefined;
  const hasMore = bytes[IS_EXTENDED] !== 0;
  const block = readBlock(bytes);
  if (block.type === 'S' && hasMore) await skipMaps(reader);
  return block;
}

/** Where the header of a sparse file of GNU, and a block behind it, say that the map of its data goes on in another one. */
const IS_EXTENDED = 482;
const IS_EXTENDED_MORE = 504;

/** They lie before the data, and do not count as them. */
async function skipMaps(reader: ByteReader): Promise<void> {
  for (let hasMore = true; hasMore; ) {
    const map = await reader.exactly(BLOCK);
    if (!map) throw damagedArchive('it is cut short');
    hasMore = map[IS_EXTENDED_MORE] !== 0;
  }
}

/** Extensions of pax, and those of GNU for long names. */
function isExtension({ type }: TarBlock): boolean {
  return 'xgLK'.includes(type);
}

async function readExtension(
  reader: ByteReader,
  { type, size }: TarBlock,
  extended: Extended,
): Promise<void> {
  if (size > MOST_EXTENDED) throw damagedArchive('an extended header is too long');
  const bytes = size === 0 ? new Uint8Array(0) : await reader.exactly(size);
  if (!bytes) throw damagedArchive('it is cut short');
  await reader.skip(paddingAfter(size));
  if (type === 'x' || type === 'g') for (const [key, value] of paxRecords(bytes)) extended.set(key, value);
  else extended.set(type === 'L' ? 'path' : 'linkpath', withoutNul(bytes));
}

function withoutNul(bytes: Uint8Array): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}

function sizeOf({ type, size }: TarBlock, extended: Extended): number {
  const told = numberFrom(extended, 'size') ?? size;
  const kind = typeOfFlag(type);
  // Only files have data; some writers give other members a size all the same. What is unknown is passed over by its size.
  return kind === 'file' || kind === undefined || type === 'D' ? told : 0;
}

function numberFrom(extended: Extended, key: string): number | undefined {
  const text = toldOf(extended, key)?.toString('latin1');
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw damagedArchive(`an extended header has a ${key} that is none`);
}

function paddingAfter(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function memberOf(block: TarBlock, extended: Extended, body: Body): ReadMember {
  const name = toldOf(extended, 'path') ?? block.name;
  const kind = typeOfFlag(block.type);
  const link = toldOf(extended, 'linkpath') ?? block.link;
  const isSparse = [...extended.keys()].some((key) => key.startsWith('GNU.sparse.')) || block.type === 'S';
  const unsupported = isSparse
    ? 'it is stored as a sparse file, which is not read'
    : kind === undefined
      ? `it is of a kind that is not known (${JSON.stringify(block.type)})`
      : undefined;
  return {
    name,
    stat: statOf(block, extended, body.size, name, link),
    ...(kind === 'hard-link' && { linkTo: link }),
    ...(unsupported !== undefined && { unsupported }),
    fromWindows: false,
    independent: false,
    data: () => body.pieces(),
  };
}

function statOf(
  block: TarBlock,
  extended: Extended,
  size: number,
  name: Uint8Array,
  link: Uint8Array,
): MemberStat {
  const kind = typeOfFlag(block.type);
  // Before there was a flag for them, directories were told by a slash.
  const isOldDirectory = kind === 'file' && size === 0 && name.at(-1) === 0x2f;
  const type = isOldDirectory ? 'directory' : kind === undefined || kind === 'hard-link' ? 'file' : kind;
  const mtime = toldOf(extended, 'mtime')?.toString('latin1');
  const user = toldOf(extended, 'uname')?.toString() ?? block.user;
  const group = toldOf(extended, 'gname')?.toString() ?? block.group;
  return {
    type,
    size: type === 'file' ? size : 0,
    mtime: mtime !== undefined ? timeFrom(mtime) : { seconds: block.mtime, nanos: 0 },
    mode: block.mode,
    uid: numberFrom(extended, 'uid') ?? block.uid,
    gid: numberFrom(extended, 'gid') ?? block.gid,
    ...(user !== '' && { user }),
    ...(group !== '' && { group }),
    ...((type === 'character' || type === 'block') && { deviceNumber: block.device }),
    ...(type === 'symlink' && { target: link }),
  };
}

/** The data of one member. */
class Body {
  readonly size: number;
  readonly #reader: ByteReader;
  #left: number;

  constructor(reader: ByteReader, size: number) {
    this.#reader = reader;
    this.size = size;
    this.#left = size;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    while (this.#left > 0) {
      const piece = await this.#reader.some(this.#left);
      if (!piece) throw damagedArchive('it is cut short');
      this.#left -= piece.length;
      yield piece;
    }
  }

  /** Passes over what nobody read. */
  async finish(): Promise<void> {
    await this.#reader.skip(this.#left + paddingAfter(this.size));
    this.#left = 0;
  }
}
