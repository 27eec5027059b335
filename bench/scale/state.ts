import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diff } from '../../src/diff/diff.ts';
import { segments } from '../../src/manifest/segments.ts';
import { encodeItem, encodeStat, writeEntry } from '../../src/model/entry.ts';
import { RunWriter } from '../../src/model/run.ts';
import { Writer } from '../../src/model/wire.ts';
import { KeptState } from '../../src/repository/kept-state.ts';
import { padding, payloadParts } from '../../src/seal/payload.ts';
import { fileContent } from '../../src/upload/changes.ts';

/*
 * A job of as many files as asked for: what this machine keeps of it, what its state takes in the store, and how long a push takes
 * to see that nothing has changed, without what the disk takes to tell its names.
 */

const FILES_A_FOLDER = 100;
const FOLDERS_A_FOLDER = 100;
/** Sealed as a sample: segments are alike. */
const SAMPLE = 1_000_000;
const LEVEL = 3;

export interface StateFigures {
  entries: number;
  /** Of the local file. */
  bytes: number;
  /** In the store, compressed, for each entry. */
  sealedBytesAnEntry: number;
  segmentsAMillion: number;
  keepSeconds: number;
  diffSeconds: number;
  memoryMiB: number;
}

export async function measureState(entries: number): Promise<StateFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'bmcloud-scale-'));
  try {
    const kept = new KeptState(directory);
    const since = { pushes: 0, bytes: 0, headers: [] };
    const head = { number: 1, hash: new Uint8Array(32), sources: [], entries, since };
    const keepSeconds = await timed(() => kept.replace(head, entriesOf(entries)));
    const counts = { same: 0, carried: 0 };
    let memory = 0;
    const diffSeconds = await timed(async () => {
      const found = watched(entriesOf(entries), () => {
        memory = Math.max(memory, process.memoryUsage.rss());
      });
      for await (const batch of diff(await kept.run(), found, { unseen: [], counts }))
        throw new Error(`${batch.length} entries differ from themselves`);
    });
    if (counts.same < entries) throw new Error(`only ${counts.same} entries were compared`);
    const { bytes, pieces } = await sealed(Math.min(entries, SAMPLE));
    return {
      entries,
      bytes: statSync(join(directory, 'state-0')).size,
      sealedBytesAnEntry: bytes / Math.min(entries, SAMPLE),
      segmentsAMillion: (pieces / Math.min(entries, SAMPLE)) * 1e6,
      keepSeconds,
      diffSeconds,
      memoryMiB: memory / 1024 ** 2,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same ones every time: directories of a hundred files, each of one chunk. */
function* entriesOf(count: number): Generator<Uint8Array> {
  const run = new RunWriter();
  const stat = new Writer();
  const items = new Writer();
  const content = new Writer();
  const write = (path: string, type: 'file' | 'directory', number: number) => {
    const time = {
      seconds: 1_700_000_000 + (number % 10_000_000),
      nanos: (number * 7919) % 1_000_000_000,
    };
    const size = type === 'file' ? 1000 + ((number * 31) % 60_000) : 0;
    const mode = type === 'file' ? 0o644 : 0o755;
    stat.length = items.length = 0;
    encodeStat(stat, {
      type,
      size,
      mtime: time,
      ctime: time,
      mode,
      uid: 1000,
      gid: 1000,
      inode: BigInt(number),
    });
    if (type === 'file') encodeItem(items, { length: size, id: idOf(number) });
    const inside = type === 'file' ? fileContent(content, items.bytes(), 0) : new Uint8Array(0);
    writeEntry(run.writer, Buffer.from(path), stat.bytes(), inside);
  };
  for (let number = 0; number < count; number++) {
    const folder = Math.floor(number / FILES_A_FOLDER);
    const high = `home/part-${padded(Math.floor(folder / FOLDERS_A_FOLDER), 6)}`;
    const isFirst = number % FILES_A_FOLDER === 0;
    if (number === 0) write('home', 'directory', 0);
    if (isFirst && folder % FOLDERS_A_FOLDER === 0) write(high, 'directory', number);
    const path = `${high}/folder-${padded(folder % FOLDERS_A_FOLDER, 3)}`;
    if (isFirst) write(path, 'directory', number);
    write(`${path}/document-${padded(number % FILES_A_FOLDER, 3)}.txt`, 'file', number);
    if (run.full) yield run.take();
  }
  if (run.length > 0) yield run.take();
}

/** As random as a chunk's, and cheaper: what is measured is not hashing. */
const noise = createHash('sha512').update('scale').digest();
const id = new Uint8Array(32);
function idOf(number: number): Uint8Array {
  let state = (number + 1) >>> 0;
  for (let at = 0; at < 32; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    id[at] = (state >>> 24) ^ (noise[at] as number);
  }
  return id;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

async function sealed(entries: number): Promise<{ bytes: number; pieces: number }> {
  const gear = Uint32Array.from({ length: 256 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 0);
  let [bytes, pieces] = [0, 0];
  for await (const segment of segments(entriesOf(entries), gear)) {
    for (const part of payloadParts(segment.bytes, { pad: padding.block, level: LEVEL }))
      bytes += part.length;
    pieces++;
  }
  return { bytes, pieces };
}

function* watched(run: Iterable<Uint8Array>, look: () => void): Generator<Uint8Array> {
  for (const batch of run) {
    look();
    yield batch;
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
}
