import { userInfo } from 'node:os';
import { type CutSizes, cutEnd } from '../chunk/cut.ts';
import { type AtHand, cutAll } from '../chunk/holes.ts';
import { decodeItems, encodeItems, encodeStat, type Stat, writeEntry } from '../model/entry.ts';
import { nowStamp } from '../model/time.ts';
import { Writer } from '../model/wire.ts';
import { concat } from '../pack/table.ts';
import type { Repository } from '../repository/repository.ts';
import { fileContent } from './changes.ts';
import type { Hints } from './hints.ts';
import type { StreamSource } from './plan.ts';
import type { LaneTask, ReadResult } from './tasks.ts';

/*
 * A stream (a pipe, the output of a command) as the one file of its job.
 */

const WINDOW = 8 * 1024 * 1024;
/** Windows handed over and not yet stored. */
const MOST_UNDER_WAY = 4;

/** A stream that was read to its end and stored. */
export interface StoredStream {
  path: Uint8Array;
  stat: Uint8Array;
  content: Uint8Array;
  /** Bytes. */
  size: number;
}

export interface StreamPort {
  repository: Pick<Repository, 'gear' | 'sizes' | 'now'>;
  /** Carries out a task in a lane. */
  run: (task: LaneTask) => Promise<ReadResult[]>;
  onRead: (bytes: number) => void;
}

/** Reads and stores a stream. @throws whatever the stream throws: nothing of half a stream becomes a snapshot */
export async function storeStream(
  { stdin, name }: StreamSource,
  { repository, run, onRead }: StreamPort,
): Promise<StoredStream> {
  const items: Uint8Array[] = [];
  const underWay: Promise<ReadResult[]>[] = [];
  const collect = async () => {
    for (const result of await (underWay.shift() as Promise<ReadResult[]>)) {
      if (result.kind === 'read') items.push(result.items);
    }
  };
  let size = 0;
  for await (const task of chunksOf(stdin, repository)) {
    size += task.bytes.length;
    onRead(task.bytes.length);
    const work = run(task);
    work.catch(() => {}); // told when it is its turn
    underWay.push(work);
    if (underWay.length > MOST_UNDER_WAY) await collect();
  }
  while (underWay.length > 0) await collect();
  const content = fileContent(new Writer(1024), encodeItems(decodeItems(concat(items))).items, 0);
  return { path: Buffer.from(name), stat: statOfStream(size, repository.now()), content, size };
}

/** The entry of a stream as a run without content, as a scan has it. */
export function runOfStream({ path, stat }: StoredStream): Uint8Array[] {
  const writer = new Writer(256);
  writeEntry(writer, path, stat, new Uint8Array(0));
  return [writer.take()];
}

export function hintsOfStream({ content }: StoredStream): Hints {
  return { find: async () => content, close: async () => {} };
}

/** Chunks, as many as a window holds. Cuts do not depend on how the stream came in pieces. */
async function* chunksOf(
  stream: AsyncIterable<Uint8Array>,
  { gear, sizes }: StreamPort['repository'],
): AsyncGenerator<LaneTask & { kind: 'chunks' }> {
  // What `cutAll` needs at least to be certain of one, where chunks are as long as they may be.
  const room = Math.max(WINDOW, sizes.max + sizes.min);
  let window = Buffer.allocUnsafeSlow(room);
  let filled = 0;
  let position = 0;
  const cut = (isEnd: boolean): (LaneTask & { kind: 'chunks' }) | undefined => {
    const ends = endsIn({ bytes: window.subarray(0, filled), position }, gear, sizes, !isEnd);
    const end = ends.at(-1);
    if (end === undefined) return undefined;
    const full = window;
    window = Buffer.allocUnsafeSlow(room);
    full.copy(window, 0, end, filled);
    filled -= end;
    position += end;
    return { kind: 'chunks', bytes: full.subarray(0, end), ends, edited: true };
  };
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(piece.length - at, room - filled);
      window.set(piece.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      const task = filled === room ? cut(false) : undefined;
      if (task) yield task;
    }
  }
  const last = cut(true);
  if (last) yield last;
}

function endsIn(atHand: AtHand, gear: Uint32Array, sizes: CutSizes, more: boolean): number[] {
  const cuts = cutAll(atHand, sizes, more, (start, end) => ({
    end: cutEnd(atHand.bytes, start, end, gear, sizes),
  }));
  return cuts.map(({ end }) => end);
}

/** It is of whoever pushes it, and of now. */
function statOfStream(size: number, now: Date): Uint8Array {
  const { uid, gid } = userInfo();
  const time = nowStamp(now);
  const owner = { uid: Math.max(0, uid), gid: Math.max(0, gid) }; // Windows has none: −1
  const stat: Stat = { type: 'file', size, mtime: time, ctime: time, mode: 0o600, ...owner };
  const writer = new Writer(64);
  encodeStat(writer, stat);
  return writer.take();
}
