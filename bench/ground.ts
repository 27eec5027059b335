import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet } from './data.ts';
import { bytesBelow, type Disk, type DiskSize, settle, type Template, warm } from './disk.ts';
import { type Command, type Cost, measure } from './measure.ts';
import type { Peer, Place } from './peers/peer.ts';
import { type BenchServer, BUCKET, startServer } from './server.ts';

/*
 * Where one program is measured once: a disk of its own with the data, and a store, on the disk or behind a server.
 */

const GIBIBYTE = 1024 ** 3;

export interface Ground {
  disk: string;
  place: Place;
  /** Runs a command when the disk is at rest. */
  run: (command: Command) => Promise<Cost>;
  /** Bytes. */
  stored: () => number;
}

/** Room for the data, a copy of it as a store, and a restored one. */
export function sizeFor({ bytes, files }: Pick<DataSet, 'bytes' | 'files'>): DiskSize {
  return { bytes: 3.5 * bytes + 4 * GIBIBYTE, files: 6 * files + 50_000 };
}

export function sourceOn(disk: string): string {
  return join(disk, 'source');
}

/** Lays the ground, and takes it away when `act` is over. */
export async function onGround<T>(
  template: Template,
  store: string,
  act: (ground: Ground) => Promise<T>,
): Promise<T> {
  const disk = template.copy();
  let server: BenchServer | undefined;
  try {
    warm(sourceOn(disk.path));
    server = store === 'local' ? undefined : await startServer(join(disk.path, 'store'), latencyOf(store));
    return await act(groundOn(disk, server, latencyOf(store)));
  } finally {
    await server?.stop();
    disk.remove();
  }
}

/** A repository made by the peer. */
export async function begin(peer: Peer, { place }: Ground): Promise<void> {
  mkdirSync(place.home, { recursive: true });
  for (const command of peer.init(place)) await measure(command);
}

/** Milliseconds, in the name of the store: `s3+40ms`. */
export function latencyOf(store: string): number {
  return Number(/\+(\d+)ms$/.exec(store)?.[1] ?? 0);
}

function groundOn({ path: disk }: Disk, server: BenchServer | undefined, latency: number): Ground {
  const path = join(disk, 'store');
  const place: Place = {
    store: server?.place ?? { kind: 'local', path },
    home: join(disk, 'home'),
    source: sourceOn(disk),
    latency,
  };
  const run = async (command: Command) => {
    settle(disk);
    const before = await server?.wire();
    const cost = await measure(command);
    const after = await server?.wire();
    if (!before || !after) return cost;
    const { requests, sent, received } = before;
    const wire = {
      requests: after.requests - requests,
      sent: after.sent - sent,
      received: after.received - received,
    };
    return { ...cost, wire };
  };
  return { disk, place, run, stored: () => bytesBelow(server ? join(path, BUCKET) : path) };
}
