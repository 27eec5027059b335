import { comparePaths } from '../model/path.ts';
import type { Found } from './found.ts';
import type { RecordEntry } from './record.ts';
import { Peek } from './stream.ts';

/** What is known of a path: at the source, in the mirror, and in the last record. One of them at least is there. */
export interface Known {
  path: Uint8Array;
  source?: Found | undefined;
  mirror?: Found | undefined;
  last?: RecordEntry | undefined;
}

export interface Streams {
  source: AsyncIterable<Found[]>;
  mirror: AsyncIterable<Found[]>;
  last: AsyncIterable<RecordEntry[]>;
}

const BATCH = 256;

/** The merge of three sorted streams, path by path. */
export async function* align(streams: Streams): AsyncGenerator<Known[]> {
  const source = new Peek(streams.source);
  const mirror = new Peek(streams.mirror);
  const last = new Peek(streams.last);
  const all: Peek<{ path: Uint8Array }>[] = [source, mirror, last];
  try {
    // Threads begin to scan, all at once.
    await Promise.all(all.map((one) => one.refill()));
    for (let batch: Known[] = []; ; ) {
      const path = least(all);
      if (path) batch.push(knownAt(path, source, mirror, last));
      if (batch.length >= BATCH || !path) {
        yield batch;
        batch = [];
      }
      if (!path) return;
      for (const one of all)
        if (one.current && isAt(one.current.path, path) && !one.advance()) await one.refill();
    }
  } finally {
    await Promise.all(all.map((one) => one.close()));
  }
}

function least(all: Peek<{ path: Uint8Array }>[]): Uint8Array | undefined {
  let first: Uint8Array | undefined;
  for (const { current } of all) {
    if (current && (!first || comparePaths(current.path, first) < 0)) first = current.path;
  }
  return first;
}

function knownAt(path: Uint8Array, source: Peek<Found>, mirror: Peek<Found>, last: Peek<RecordEntry>): Known {
  return { path, source: at(source, path), mirror: at(mirror, path), last: at(last, path) };
}

function at<T extends { path: Uint8Array }>({ current }: Peek<T>, path: Uint8Array): T | undefined {
  return current && isAt(current.path, path) ? current : undefined;
}

function isAt(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}
