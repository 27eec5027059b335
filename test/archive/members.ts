import fc from 'fast-check';
import {
  isUnreadable,
  type Member,
  type ReadMember,
  unreadable,
  type Warn,
} from '../../src/archive/member.ts';
import type { Sink } from '../../src/archive/sink.ts';
import type { ArchiveWriter } from '../../src/archive/writer.ts';
import type { Timestamp } from '../../src/model/wire.ts';

/** Members for round trips, and a sink to write them to. */

export interface TestMember extends Member {
  /** Of a file. */
  data: Uint8Array;
}

/** Keeps what is written; what is gone back over is gone. */
export class MemorySink implements Sink {
  readonly rewinds: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  ended = false;

  constructor(rewinds = true) {
    this.rewinds = rewinds;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  async mark(): Promise<number | undefined> {
    return this.rewinds ? this.#bytes.length : undefined;
  }

  async rewind(mark: number): Promise<void> {
    this.#bytes = this.#bytes.subarray(0, mark);
  }

  async end(): Promise<void> {
    this.ended = true;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

const time: fc.Arbitrary<Timestamp> = fc.record({
  seconds: fc.oneof(
    fc.integer({ min: 0, max: 2_000_000_000 }),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    // From 1698 to 4147: what 32 bits, and the clock of a zip, do not reach.
    fc.integer({ min: -(2 ** 33), max: 2 ** 36 }),
  ),
  nanos: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
});

/** Components that no rule of names makes easier: bytes of all kinds but the two that end one. */
export const oddName = fc
  .uint8Array({ minLength: 1, maxLength: 130 })
  .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte)))
  .filter((bytes) => !/^\.\.?$/.test(Buffer.from(bytes).toString('latin1')));

/** The same in UTF-8. */
export const oddText = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .map((text) => text.replaceAll(/[\0/]/g, '_'))
  .filter((text) => text.isWellFormed() && !/^\.\.?$/.test(text))
  .map((text) => new Uint8Array(Buffer.from(text)));

export function membersOf(name: fc.Arbitrary<Uint8Array>): fc.Arbitrary<TestMember[]> {
  const path = fc
    .array(name, { minLength: 1, maxLength: 4 })
    .map(
      (names) =>
        new Uint8Array(Buffer.concat(names.flatMap((one, i) => (i ? [Buffer.from('/'), one] : [one])))),
    );
  const member = fc.record({
    path,
    type: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const),
    mtime: time,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    data: fc.uint8Array({ maxLength: 2000 }),
    target: name,
    uid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
    user: fc.constantFrom('ann', 'Jürgen', 'x'.repeat(40)),
  });
  return fc
    .uniqueArray(member, {
      maxLength: 8,
      selector: ({ path: bytes }) => Buffer.from(bytes).toString('latin1'),
    })
    .map((all) => all.map(asMember));
}

function asMember({
  path,
  type,
  mtime,
  mode,
  data,
  target,
  uid,
  user,
}: Pick<TestMember, 'path' | 'data'> & {
  type: 'file' | 'directory' | 'symlink';
  mtime: Timestamp;
  mode: number;
  target: Uint8Array;
  uid: number;
  user: string;
}): TestMember {
  const isFile = type === 'file';
  const size = isFile ? data.length : 0;
  const stat = { type, size, mtime, mode, uid, gid: 7, user, group: 'staff' };
  return {
    path,
    stat: type === 'symlink' ? { ...stat, target } : stat,
    data: isFile ? data : new Uint8Array(0),
  };
}

/** A plain file. */
export function file(path: string, data: string | Uint8Array): TestMember {
  const bytes = Buffer.from(data);
  const stat = {
    type: 'file' as const,
    size: bytes.length,
    mtime: { seconds: 1_700_000_000, nanos: 0 },
    mode: 0o644,
    uid: 0,
    gid: 0,
  };
  return { path: Buffer.from(path), stat, data: bytes };
}

/** Every other file goes in as a stream. */
export async function writeAll(writer: ArchiveWriter, members: TestMember[]): Promise<void> {
  for (const [i, member] of members.entries()) {
    if (member.stat.type !== 'file') await writer.add(member);
    else if (i % 2 === 0) await writer.addFile(member, await writer.pack([member.data]));
    else await writer.addStream(member, inPieces(member.data));
  }
  await writer.finish();
}

export async function* inPieces(data: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

/** Breaks off after some bytes. */
export async function* broken(bytes: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(bytes).fill(0x62);
  throw unreadable('made to fail', 'EIO');
}

/** For readers of what has nothing to warn of. */
export const unheard: Warn = (message) => {
  throw new Error(message);
};

/** Everything of an archive, as it comes. */
export async function readAll(members: AsyncIterable<ReadMember>) {
  const all: { name: string; stat: ReadMember['stat']; linkTo?: string; data: Buffer }[] = [];
  for await (const { name, stat, linkTo, data, unsupported } of members) {
    if (unsupported !== undefined) throw new Error(unsupported);
    const pieces: Uint8Array[] = [];
    if (stat.type === 'file') for await (const piece of data()) pieces.push(piece);
    all.push({
      name: Buffer.from(name).toString('latin1'),
      stat,
      ...(linkTo && { linkTo: Buffer.from(linkTo).toString('latin1') }),
      data: Buffer.concat(pieces),
    });
  }
  return all;
}

/** Whether a write says that one file only cannot be had. */
export async function isLeftOut(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return false;
  } catch (error) {
    if (isUnreadable(error)) return true;
    throw error;
  }
}
