import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatheringSink } from '../../src/archive/sink.ts';
import { timeFrom } from '../../src/archive/tar-fields.ts';
import { decimalTime } from '../../src/archive/tar-header.ts';
import { readTar } from '../../src/archive/tar-reader.ts';
import { TarWriter } from '../../src/archive/tar-writer.ts';
import { unzstd } from '../../src/archive/unzstd.ts';
import { ZstdSink } from '../../src/archive/zstd-sink.ts';
import { lacks } from '../fixtures/platform.ts';
import {
  broken,
  file,
  inPieces,
  isLeftOut,
  MemorySink,
  membersOf,
  oddName,
  readAll,
  type TestMember,
  unheard,
  writeAll,
} from './members.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-tar-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function tarOf(members: TestMember[]): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeAll(new TarWriter(new GatheringSink(sink)), members);
  expect(sink.ended).toBe(true);
  return sink.bytes;
}

test('what is written is read: names of any bytes, times, modes, owners, links', async () => {
  await fc.assert(
    fc.asyncProperty(membersOf(oddName), fc.integer({ min: 1, max: 5000 }), async (members, size) => {
      const tar = await tarOf(members);
      const found = await readAll(readTar(inPieces(tar, size), unheard));
      expect(found.map(({ name, data }) => ({ name, data }))).toEqual(
        members.map(({ path, stat, data }) => ({
          name: Buffer.from(path).toString('latin1') + (stat.type === 'directory' ? '/' : ''),
          data: Buffer.from(data),
        })),
      );
      expect(found.map(({ stat }) => ({ ...stat, target: stat.target && Buffer.from(stat.target) }))).toEqual(
        members.map(({ stat }) => ({ ...stat, target: stat.target && Buffer.from(stat.target) })),
      );
    }),
    { numRuns: 150 },
  );
});

test('times as decimals', () => {
  const time = fc.record({
    seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
  });
  fc.assert(
    fc.property(time, (one) => {
      expect(timeFrom(decimalTime(one))).toEqual(one);
    }),
  );
  expect(decimalTime({ seconds: -2, nanos: 750_000_000 })).toBe('-1.25');
  expect(decimalTime({ seconds: -1, nanos: 500_000_000 })).toBe('-0.5');
});

test('numbers that ustar has no room for', async () => {
  const large = file('large', '');
  const member = {
    ...large,
    stat: { ...large.stat, size: 9 * 2 ** 30, uid: 3_000_000, mtime: { seconds: 8 ** 11 + 5, nanos: 0 } },
  };
  const sink = new MemorySink();
  await isLeftOut(new TarWriter(sink).addStream(member, inPieces(new Uint8Array(0))));
  const header = new MemorySink();
  await new TarWriter(header).add({ path: member.path, stat: member.stat });
  const members = readTar(inPieces(header.bytes), unheard);
  expect((await members.next()).value).toMatchObject({
    stat: { size: 9 * 2 ** 30, uid: 3_000_000, mtime: { seconds: 8 ** 11 + 5 } },
  });
  await members.return(undefined);
});

test('hard links name the first', async () => {
  const sink = new MemorySink();
  const writer = new TarWriter(sink);
  const first = file('dir/first', 'data');
  await writer.addFile(first, await writer.pack([first.data]));
  await writer.add({ path: Buffer.from('other'), stat: first.stat, linkTo: first.path });
  await writer.finish();
  expect(await readAll(readTar(inPieces(sink.bytes), unheard))).toMatchObject([
    {},
    { name: 'other', linkTo: 'dir/first' },
  ]);
});

test('a file that breaks off is as if it had never been begun', async () => {
  const sink = new MemorySink();
  const writer = new TarWriter(new GatheringSink(sink));
  const [before, after] = [file('before', 'one'), file('after', 'two')];
  await writer.addFile(before, await writer.pack([before.data]));
  const large = file('large', new Uint8Array(500_000));
  expect(await isLeftOut(writer.addStream(large, broken(300_000)))).toBe(true);
  expect(await isLeftOut(writer.addStream(large, inPieces(new Uint8Array(1000))))).toBe(true);
  expect(await isLeftOut(writer.addStream(large, inPieces(new Uint8Array(500_001))))).toBe(true);
  await writer.addFile(after, await writer.pack([after.data]));
  await writer.finish();
  const found = await readAll(readTar(inPieces(sink.bytes), unheard));
  expect(found.map(({ name, data }) => [name, data.toString()])).toEqual([
    ['before', 'one'],
    ['after', 'two'],
  ]);
  expect(sink.bytes.length % 10_240).toBe(0);
});

test('where nothing can be taken back, a file that breaks off ends the archive', async () => {
  const writer = new TarWriter(new MemorySink(false));
  const large = file('large', new Uint8Array(500_000));
  await expect(writer.addStream(large, broken(300_000))).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringMatching(/cut short: "large" cannot be read to its end: made to fail/),
  });
});

test('zstd: one stream of several frames, and back', async () => {
  const sink = new MemorySink();
  const writer = new TarWriter(new GatheringSink(new ZstdSink(sink, 3)));
  const large = file('large', new Uint8Array(700_000).fill(7));
  expect(await isLeftOut(writer.addStream(file('gone', new Uint8Array(400_000)), broken(300_000)))).toBe(
    true,
  );
  await writer.addStream(large, inPieces(large.data, 100_000));
  await writer.addStream({ ...large, path: Buffer.from('again') }, inPieces(large.data, 100_000));
  await writer.finish();
  const found = await readAll(readTar(unzstd(inPieces(sink.bytes), unheard), unheard));
  expect(found.map(({ name, data }) => [name, data.length])).toEqual([
    ['large', 700_000],
    ['again', 700_000],
  ]);
  if (lacks('shell')) return;
  writeFileSync(join(directory, 'a.tar.zst'), sink.bytes);
  const listed = execFileSync('tar', ['--zstd', '-tf', 'a.tar.zst'], { cwd: directory, encoding: 'utf8' });
  expect(listed).toBe('large\nagain\n');
});

test('frames of any number and length, in pieces of any length', async () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(frames, fc.integer({ min: 1, max: 4000 }), async (all, size) => {
      const stream = Buffer.concat(all.map((frame) => zstdCompressSync(frame)));
      const pieces: Uint8Array[] = [];
      for await (const piece of unzstd(inPieces(stream, size), unheard)) pieces.push(piece);
      expect(Buffer.concat(pieces)).toEqual(Buffer.concat(all));
    }),
    { numRuns: 200 },
  );
});

test('what lies behind frames of any length is none of them', async () => {
  // Decoders hand out 16 KiB at once: where a frame ends with them, they look for another one.
  for (const length of [0, 1000, 16_384, 20_000, 327_680, 2 ** 20]) {
    for (const count of [1, 2]) {
      const frame = zstdCompressSync(new Uint8Array(length).map((_, i) => Math.imul(i, i) >>> 3));
      const frames = Buffer.concat(Array.from({ length: count }, () => frame));
      for (const size of [100, frames.length, frames.length + 3, 2 ** 21]) {
        const warnings: string[] = [];
        let found = 0;
        const stream = inPieces(Buffer.concat([frames, Buffer.from('garbage')]), size);
        for await (const piece of unzstd(stream, (message) => warnings.push(message))) found += piece.length;
        expect({ found, warnings: warnings.length }).toEqual({ found: length * count, warnings: 1 });
      }
    }
  }
});

test('a frame that is cut short anywhere, or is none, is said to be', async () => {
  const read = async (bytes: Uint8Array) => {
    for await (const piece of unzstd(inPieces(bytes, 100_000), unheard))
      expect(piece.length).toBeGreaterThan(0);
  };
  const plain = new Uint8Array(300_000).map((_, i) => i % 7);
  const noise = new Uint8Array(300_000).map((_, i) => Math.imul(i + 1, 2_654_435_761) >>> 13);
  for (const data of [plain, noise]) {
    for (const flag of [0, 1]) {
      const stream = zstdCompressSync(data, { params: { [constants.ZSTD_c_checksumFlag]: flag } });
      await read(stream);
      for (const share of [0.1, 0.3, 0.5, 0.7, 0.9])
        await expect(read(stream.subarray(0, stream.length * share))).rejects.toThrow();
      for (const cut of [1, 2, 3, 5, 9])
        await expect(read(stream.subarray(0, stream.length - cut))).rejects.toThrow();
    }
  }
  await expect(read(Buffer.from('no frame at all'))).rejects.toThrow();
});

test('the sink of a compressor fails: that is what is told', async () => {
  class FullSink extends MemorySink {
    override async write(): Promise<void> {
      throw new Error('full');
    }
  }
  const writer = new TarWriter(new ZstdSink(new FullSink(), 3));
  const large = file(
    'large',
    new Uint8Array(5_000_000).map((_, i) => (i * 2_654_435_761) >>> 13),
  );
  await expect(
    writer.addStream(large, inPieces(large.data, 100_000)).then(() => writer.finish()),
  ).rejects.toThrow('full');
});

test.skipIf(lacks('shell'))('the system has the same opinion of it', async () => {
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;
  const members = [
    file('plain', 'one'),
    file(long, 'two'),
    file('grüße', 'three'),
    file(`${'ü'.repeat(80)}`, 'four'),
  ];
  writeFileSync(join(directory, 'a.tar'), await tarOf(members));
  mkdirIn('out');
  execFileSync('tar', ['-xf', 'a.tar', '-C', 'out'], { cwd: directory });
  expect(readFileSync(join(directory, 'out', long), 'utf8')).toBe('two');
  expect(readFileSync(join(directory, 'out', 'ü'.repeat(80)), 'utf8')).toBe('four');
  expect(statSync(join(directory, 'out', 'grüße')).mtimeMs).toBe(1_700_000_000_000);
});

test.skipIf(lacks('shell')).each([
  ['gnu', '--format=gnu'],
  ['pax', '--format=pax'],
  ['v7', '--format=v7'],
])('archives of the system are read: %s', async (_, format) => {
  mkdirIn('in');
  const long = format === '--format=v7' ? 'short' : 'x'.repeat(180);
  writeFileSync(join(directory, 'in', long), 'long');
  writeFileSync(join(directory, 'in', 'empty'), '');
  execFileSync('tar', [format, '-cf', 'a.tar', 'in'], { cwd: directory });
  const found = await readAll(readTar(inPieces(readFileSync(join(directory, 'a.tar')), 4000), unheard));
  expect(found.map(({ name }) => name).sort()).toEqual(['in/', 'in/empty', `in/${long}`].sort());
  expect(found.find(({ name }) => name.endsWith(long))?.data.toString()).toBe('long');
  expect(readdirSync(directory)).toContain('a.tar');
});

test.skipIf(lacks('shell'))(
  'what follows a sparse file of the system is read, however long its map',
  async () => {
    mkdirIn('in');
    for (const islands of [3, 8, 70]) {
      const sparse = openSync(join(directory, 'in', `a ${islands}`), 'w');
      for (let i = 0; i < islands; i++) writeSync(sparse, 'x'.repeat(100), i * 1024 * 1024);
      ftruncateSync(sparse, islands * 1024 * 1024);
      closeSync(sparse);
    }
    for (const name of ['x', 'y', 'z']) writeFileSync(join(directory, 'in', name), name);
    execFileSync('tar', ['-S', '--format=gnu', '--sort=name', '-cf', 'a.tar', 'in'], { cwd: directory });
    const names: string[] = [];
    for await (const { name } of readTar(inPieces(readFileSync(join(directory, 'a.tar')), 4000), unheard))
      names.push(Buffer.from(name).toString());
    expect(names).toEqual(['in/', 'in/a 3', 'in/a 70', 'in/a 8', 'in/x', 'in/y', 'in/z']);
  },
);

test.skipIf(lacks('shell'))('an empty record of pax takes back what was told before it', async () => {
  const script = `
import io, sys, tarfile
def header(name, kind, data=b''):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mtime = kind, len(data), 1000
    info.linkname = 'target' if kind == b'2' else ''
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)
everything = header('g', b'g', b'12 uid=1234\\n14 mtime=2000\\n')
mine = header('x', b'x', b'8 path=\\n13 linkpath=\\n7 uid=\\n9 mtime=\\n8 size=\\n9 uname=\\n')
sys.stdout.buffer.write(everything + mine + header('one', b'0', b'data') + mine + header('two', b'2')
    + header('three', b'0') + bytes(1024))
`;
  const tar = execFileSync('python3', ['-c', script]);
  const found = await readAll(readTar(inPieces(tar), unheard));
  expect(found).toMatchObject([
    { name: 'one', stat: { uid: 0, mtime: { seconds: 1000 } } },
    { name: 'two', stat: { uid: 0, target: Buffer.from('target') } },
    { name: 'three', stat: { uid: 1234, mtime: { seconds: 2000 } } },
  ]);
  expect(found[0]?.data.toString()).toBe('data');
});

test('what is broken is said to be', async () => {
  const tar = Buffer.from(await tarOf([file('one', 'data of one'), file('two', 'data of two')]));
  const cut = (length: number) => readAll(readTar(inPieces(tar.subarray(0, length)), unheard));
  await expect(cut(700)).rejects.toMatchObject({ code: 'damaged' });
  await expect(cut(512)).rejects.toMatchObject({ code: 'damaged' });
  await expect(cut(1024)).rejects.toThrow(/it has no end/);
  const flipped = Buffer.from(tar);
  flipped[0] = 0x7a;
  await expect(readAll(readTar(inPieces(flipped), unheard))).rejects.toThrow(/checksum/);
});

test('no bytes make the reader do anything but say so', async () => {
  const tar = Buffer.from(await tarOf([file('one', 'data'), file('é'.repeat(200), 'more')]));
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
      const changed = Buffer.from(tar);
      changed[at] = byte;
      try {
        await readAll(readTar(inPieces(changed), () => {}));
      } catch (error) {
        expect(error).toHaveProperty(
          'message',
          expect.stringMatching(/^The archive cannot be read on|^it is/),
        );
      }
    }),
    { numRuns: 300 },
  );
});

function mkdirIn(name: string): void {
  execFileSync('mkdir', [join(directory, name)]);
}
