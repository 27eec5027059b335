import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSet } from './data.ts';
import {
  bytesBelow,
  chill,
  type Disk,
  type DiskSize,
  makeTemplate,
  settle,
  type Template,
  warm,
} from './disk.ts';
import { type Command, type Cost, measure } from './measure.ts';
import { readyMemory } from './memory.ts';
import type { Peer, Place } from './peers/peer.ts';
import { type BenchServer, BUCKET, startServer } from './server.ts';

/*
 * Where one program is measured once: a disk of its own with the data, and a store, on the disk or behind a server.
 */

const GIBIBYTE = 1024 ** 3;

export interface Ground {
  disk: string;
  place: Place;
  /** Runs a command when the disk is at rest, memory is ready, and nothing is cached where that is asked. */
  run: (command: Command) => Promise<Cost>;
  /** Bytes. */
  stored: () => number;
}

type Data = Pick<DataSet, 'bytes' | 'files' | 'make'>;

/** A data set on a disk that is filled once; every run has a copy of it to itself. */
export class Site {
  readonly #template: Template;
  readonly #memory: number;

  constructor(data: Data) {
    this.#memory = memoryFor(data);
    this.#template = makeTemplate(sizeFor(data), (disk) => data.make(sourceOn(disk)));
  }

  /** Lays the ground, and takes it away when `act` is over. */
  async onGround<T>(store: string, act: (ground: Ground) => Promise<T>): Promise<T> {
    const disk = this.#template.copy();
    let server: BenchServer | undefined;
    try {
      warm(sourceOn(disk.path));
      const isLocal = store.startsWith('local');
      server = isLocal ? undefined : await startServer(join(disk.path, 'store'), latencyOf(store));
      return await act(groundOn(disk, server, store, this.#memory));
    } finally {
      await server?.stop();
      disk.remove();
    }
  }

  remove(): void {
    this.#template.remove();
  }
}

/** Room for the data, a copy of it as a store, and a restored one. */
function sizeFor({ bytes, files }: Data): DiskSize {
  return { bytes: 3.5 * bytes + 4 * GIBIBYTE, files: 6 * files + 50_000 };
}

/** What a program and the files that it writes may take, in bytes. */
function memoryFor({ bytes }: Data): number {
  return 2 * bytes + GIBIBYTE / 2;
}

function sourceOn(disk: string): string {
  return join(disk, 'source');
}

/** A repository made by the peer. */
export async function begin(peer: Peer, { place }: Ground): Promise<void> {
  mkdirSync(place.home, { recursive: true });
  for (const command of peer.init(place)) await measure(command);
}

/** Milliseconds, in the name of the store: `s3+40ms`. */
export function latencyOf(store: string): number {
  return Number(/\+(\d+)ms/.exec(store)?.[1] ?? 0);
}

/** In the name of the store: `local+cold`. */
function isCold(store: string): boolean {
  return store.endsWith('+cold');
}

function groundOn(
  { path: disk }: Disk,
  server: BenchServer | undefined,
  store: string,
  memory: number,
): Ground {
  const path = join(disk, 'store');
  const place: Place = {
    store: server?.place ?? { kind: 'local', path },
    home: join(disk, 'home'),
    source: sourceOn(disk),
    latency: latencyOf(store),
  };
  const run = async (command: Command) => {
    settle(disk);
    readyMemory(memory);
    if (isCold(store)) chill();
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
