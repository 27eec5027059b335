import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kindOf } from '../../src/archive/read.ts';
import { GatheringSink } from '../../src/archive/sink.ts';
import { openZipArchive } from '../../src/archive/zip-reader.ts';
import { dataDescriptor, directoryRecord, endRecords, localHeader } from '../../src/archive/zip-record.ts';
import { ZipWriter } from '../../src/archive/zip-writer.ts';
import { lacks } from '../fixtures/platform.ts';
import {
  broken,
  file,
  inPieces,
  isLeftOut,
  MemorySink,
  membersOf,
  oddText,
  readAll,
  type TestMember,
  writeAll,
} from './members.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-zip-'));
  path = join(directory, 'a.zip');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function makeZip(members: TestMember[], level = 6): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeAll(new ZipWriter(new GatheringSink(sink), level), members);
  writeFileSync(path, sink.bytes);
  return sink.bytes;
}

test('what is written is read: any text for names, whole seconds, modes, links', async () => {
  await fc.assert(
    fc.asyncProperty(membersOf(oddText), fc.constantFrom(0, 6), async (members, level) => {
      await makeZip(members, level);
      const found = await readZip(path);
      expect(found.map(({ name, data, stat }) => ({ name, data, ...pick(stat) }))).toEqual(
        members.map(({ path: bytes, stat, data }) => ({
          name: Buffer.from(bytes).toString('latin1') + (stat.type === 'directory' ? '/' : ''),
          data: Buffer.from(data),
          ...pick(stat),
        })),
      );
    }),
    { numRuns: 100 },
  );
});

async function readZip(file: string) {
  const archive = await openZipArchive(file);
  try {
    return await readAll(archive.members);
  } finally {
    archive.close();
  }
}

function pick({ type, mode, mtime, target }: TestMember['stat']) {
  return { type, mode, seconds: mtime.seconds, target: target && Buffer.from(target).toString('latin1') };
}

test('what a zip has no place for is refused', () => {
  const writer = new ZipWriter(new MemorySink(), 6);
  const plain = file('x', '');
  const refusal = (type: TestMember['stat']['type'], name: Uint8Array = plain.path) =>
    writer.refusalOf({ path: name, stat: { ...plain.stat, type } });
  expect(refusal('file')).toBeUndefined();
  expect(refusal('fifo')).toMatch(/a fifo has no place/);
  expect(refusal('block')).toMatch(/a device has no place/);
  expect(refusal('file', Buffer.from([0x61, 0xff]))).toMatch(/not UTF-8/);
  expect(refusal('file', Buffer.alloc(70_000, 0x61))).toMatch(/too long/);
});

test.each([true, false])('a file that breaks off is not in it; the sink goes back: %s', async (rewinds) => {
  const sink = new MemorySink(rewinds);
  const writer = new ZipWriter(new GatheringSink(sink), 6);
  const [before, after] = [file('before', 'one'), file('after', 'two')];
  await writer.addFile(before, await writer.pack([before.data]));
  expect(await isLeftOut(writer.addStream(file('large', new Uint8Array(500_000)), broken(300_000)))).toBe(
    true,
  );
  await writer.addFile(after, await writer.pack([after.data]));
  await writer.finish();
  writeFileSync(path, sink.bytes);
  expect((await readZip(path)).map(({ name }) => name)).toEqual(['before', 'after']);
  if (lacks('shell')) return;
  execFileSync('unzip', ['-tq', path]);
  expect(execFileSync('unzip', ['-p', path, 'after'], { encoding: 'utf8' })).toBe('two');
});

test('a file whose length is not what was said is not in it', async () => {
  const writer = new ZipWriter(new MemorySink(), 6);
  expect(
    await isLeftOut(writer.addStream(file('short', new Uint8Array(10)), inPieces(new Uint8Array(9)))),
  ).toBe(true);
  expect(
    await isLeftOut(writer.addStream(file('long', new Uint8Array(10)), inPieces(new Uint8Array(11)))),
  ).toBe(true);
});

test.skipIf(lacks('shell'))('the system and Python have the same opinion of it', async () => {
  const large = file(
    'large',
    new Uint8Array(3_000_000).map((_, i) => i % 251),
  );
  await makeZip([file('grüße', 'three'), large, file('d/plain', 'one'), file('second', large.data)]);
  execFileSync('unzip', ['-q', path, '-d', join(directory, 'out')], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  expect(readFileSync(join(directory, 'out', 'grüße'), 'utf8')).toBe('three');
  expect(readFileSync(join(directory, 'out', 'second'))).toEqual(Buffer.from(large.data));
  expect(statSync(join(directory, 'out', 'd/plain')).mtimeMs).toBe(1_700_000_000_000);
  const script = 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist())';
  expect(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })).toBe(
    "None ['grüße', 'large', 'd/plain', 'second']\n",
  );
});

test('sizes and offsets beyond 32 bits stand in zip64 fields', () => {
  const beyond = 5 * 2 ** 32;
  const entry = {
    name: Buffer.from('a'),
    stat: file('a', '').stat,
    deflated: true,
    crc: 1,
    size: beyond,
    packedSize: beyond + 1,
    offset: beyond + 2,
    followed: true,
    large: true,
  };
  const record = directoryRecord(entry);
  expect(record.readUInt32LE(24)).toBe(0xffff_ffff);
  expect([0, 8, 16].map((at) => Number(record.readBigUInt64LE(47 + 4 + at)))).toEqual([
    beyond,
    beyond + 1,
    beyond + 2,
  ]);
  expect(localHeader(entry).readUInt16LE(31)).toBe(1);
  expect(Number(dataDescriptor(entry).readBigUInt64LE(16))).toBe(beyond);
  const end = endRecords(70_000, { offset: beyond, size: 100 });
  expect(end.length).toBe(56 + 20 + 22);
  expect(Number(end.readBigUInt64LE(32))).toBe(70_000);
  expect(endRecords(3, { offset: 5, size: 100 }).length).toBe(22);
});

test.skipIf(lacks('shell'))('archives of the system are read', async () => {
  execFileSync('mkdir', [join(directory, 'in')]);
  writeFileSync(join(directory, 'in/a'), 'data'.repeat(100));
  execFileSync('zip', ['-qr', 'a.zip', 'in'], { cwd: directory });
  const found = await readZip(path);
  expect(found.map(({ name, data }) => [name, data.length])).toEqual([
    ['in/', 0],
    ['in/a', 400],
  ]);
  expect(await kindOf(path)).toBe('zip');
});

test('a directory that has more entries than were counted is read to its end', async () => {
  const many = Array.from({ length: 40 }, (_, i) => file(`${i}`, `data of ${i}`));
  const bytes = Buffer.from(await makeZip(many));
  // What 16 bits would hold of larger numbers.
  for (const count of [3, 0]) {
    bytes.writeUInt16LE(count, bytes.length - 12);
    writeFileSync(path, bytes);
    expect((await readZip(path)).map(({ data }) => data)).toEqual(many.map(({ data }) => data));
  }
  const none = await makeZip([]);
  expect(none.length).toBe(22);
  expect(await readZip(path)).toEqual([]);
});

test('damage is of one member, or of the whole', async () => {
  const bytes = Buffer.from(await makeZip([file('one', 'x'.repeat(500)), file('two', 'y')], 0));
  bytes[100] = 0x7a;
  writeFileSync(path, bytes);
  await expect(readZip(path)).rejects.toMatchObject({
    code: 'source-unreadable',
    message: /checksum/,
  });
  writeFileSync(path, bytes.subarray(0, 300));
  await expect(readZip(path)).rejects.toMatchObject({ code: 'damaged' });
  await expect(readZip(join(directory, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
