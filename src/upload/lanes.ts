import { Worker } from 'node:worker_threads';
import { BmcloudError, type ErrorCode } from '../errors.ts';
import { threadLimits } from '../flow/thread-limits.ts';
import type { Table } from '../pack/table.ts';
import type { Verdict } from '../repository/known-chunks.ts';
import type { WindowsAttached } from './attached.ts';
import { Lane } from './lane.ts';
import { unpackResults } from './read-results.ts';
import type { LanePort, LaneSettings, LaneTask, Question, ReadResult } from './tasks.ts';

/*
 * The lanes of a push: threads where there is more than one core, the same code inline where not.
 */

export type ToLane =
  | { type: 'task'; id: number; task: LaneTask }
  | { type: 'answer'; id: number; verdicts: Verdict[] }
  | { type: 'taken'; bytes: number }
  | { type: 'finish' };

export type FromLane =
  | { type: 'ask'; id: number; question: Question }
  | { type: 'begin'; pack: Uint8Array }
  | { type: 'piece'; pack: Uint8Array; bytes: Uint8Array }
  | { type: 'end'; pack: Uint8Array; table: Table }
  | { type: 'refined'; whole: Uint8Array; partIds: Uint8Array; partLengths: Uint32Array }
  | { type: 'done'; id: number; results: Uint8Array }
  | { type: 'finished' }
  | { type: 'failed'; code: ErrorCode; message: string; hint: string | undefined };

/** Something that carries out tasks, several at once if it likes. */
export interface LaneHost {
  run(task: LaneTask): Promise<ReadResult[]>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** While one task of a lane waits for an answer, another is read and cut. */
const TASKS_A_LANE = 2;

/** A lane that has begun, and how many tasks it has. */
interface Begun {
  host: LaneHost;
  busy: number;
}

/**
 * Hands tasks to whichever lane has room. A lane begins when those before it have their fill: of a tree in which little changed, one
 * reads it all before another could begin.
 */
export class Lanes {
  readonly #begin: () => LaneHost;
  readonly #most: number;
  readonly #begun: Begun[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  /** @param most lanes that there may be */
  constructor(begin: () => LaneHost, most: number) {
    this.#begin = begin;
    this.#most = most;
  }

  /** How many tasks can be under way at once. */
  get room(): number {
    return this.#most * TASKS_A_LANE;
  }

  /** Has all lanes begin before there is anything for them. */
  warmUp(): void {
    while (this.#beginOne());
  }

  async run(task: LaneTask): Promise<ReadResult[]> {
    const lane = await this.#withRoom(task);
    const work = lane.host.run(task);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
      lane.busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Waits for the tasks under way, and ends the packs under way. */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    if (!this.#closed) await Promise.all(this.#begun.map(({ host }) => host.finish()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#begun.map(({ host }) => host.close()));
  }

  async #withRoom(task: LaneTask): Promise<Begun> {
    for (;;) {
      const lane = this.#laneFor(task);
      if (lane) {
        lane.busy++;
        return lane;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  #laneFor({ kind }: LaneTask): Begun | undefined {
    const idle = this.#begun.find(({ busy }) => busy === 0);
    if (idle) return idle;
    const withRoom = () => this.#begun.find(hasRoom);
    // A stripe takes longer than a lane to begin.
    return kind === 'files' ? (withRoom() ?? this.#beginOne()) : (this.#beginOne() ?? withRoom());
  }

  #beginOne(): Begun | undefined {
    if (this.#closed || this.#begun.length >= this.#most) return undefined;
    const lane = { host: this.#begin(), busy: 0 };
    this.#begun.push(lane);
    return lane;
  }
}

function hasRoom({ busy }: Begun): boolean {
  return busy < TASKS_A_LANE;
}

/** @param windows see `Lane` */
export function inlineLane(settings: LaneSettings, port: LanePort, windows?: WindowsAttached): LaneHost {
  const lane = new Lane(settings, port, windows);
  return { run: (task) => lane.run(task), finish: () => lane.finish(), close: async () => {} };
}

/**
 * V8 lets memory outside of the heap grow by half of the old generation before it collects. A lane's own heap has some 10 MB, whatever
 * it reads.
 */
const resourceLimits = { ...threadLimits.busy, maxOldGenerationSizeMb: 48 };

/** A lane in a thread. Everything under way fails when the thread does. */
export function threadLane(settings: LaneSettings, port: LanePort): LaneHost {
  const file = import.meta.url.endsWith('.ts') ? './lane-thread.ts' : './lane-thread.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: settings, resourceLimits });
  const waiting = new Map<
    number,
    { resolve: (results: ReadResult[]) => void; reject: (error: unknown) => void }
  >();
  const FINISH = -1;
  let tasks = 0;
  let failure: unknown;

  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const request = (id: number, message: ToLane) =>
    new Promise<ReadResult[]>((resolve, reject) => {
      if (failure) return reject(failure);
      waiting.set(id, { resolve, reject });
      worker.postMessage(message);
    });
  const settle = (id: number, results: ReadResult[]) => {
    waiting.get(id)?.resolve(results);
    waiting.delete(id);
  };

  worker.on('error', fail);
  worker.on('exit', () => fail(new BmcloudError('internal', 'A worker thread ended unexpectedly')));
  worker.on('message', (message: FromLane) => {
    if (message.type === 'done') settle(message.id, unpackResults(message.results));
    else if (message.type === 'finished') settle(FINISH, []);
    else if (message.type === 'failed') {
      fail(new BmcloudError(message.code, message.message, message.hint ? { hint: message.hint } : {}));
    } else forward(message, port, worker).catch(fail);
  });

  return {
    run: (task) => {
      const id = tasks++;
      return request(id, { type: 'task', id, task });
    },
    finish: async () => {
      await request(FINISH, { type: 'finish' });
    },
    close: async () => {
      worker.removeAllListeners('exit');
      await worker.terminate();
    },
  };
}

type PortMessage = Exclude<FromLane, { type: 'done' | 'finished' | 'failed' }>;

async function forward(message: PortMessage, port: LanePort, worker: Worker): Promise<void> {
  const answer = (reply: ToLane) => worker.postMessage(reply);
  if (message.type === 'ask') {
    answer({ type: 'answer', id: message.id, verdicts: await port.ask(message.question) });
  } else if (message.type === 'begin') port.packBegins(message.pack);
  else if (message.type === 'end') port.packEnds(message.pack, message.table);
  else if (message.type === 'refined') port.refined(message.whole, message.partIds, message.partLengths);
  else {
    const { length } = message.bytes; // none are left once they are stored
    await port.piece(message.pack, message.bytes);
    answer({ type: 'taken', bytes: length });
  }
}
