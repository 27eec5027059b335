import { Worker } from 'node:worker_threads';
import { BmcloudError, type ErrorCode } from '../errors.ts';
import { threadLimits } from '../flow/thread-limits.ts';
import { Lane } from './lane.ts';
import type { LaneResult, LaneSettings, LaneTask } from './tasks.ts';

/*
 * The lanes of a restore: threads where there is more than one core, the same code inline where not.
 */

export interface ToLane {
  id: number;
  task: LaneTask;
}

export type FromLane =
  | { id: number; result: LaneResult }
  | { id: number; failed: { code: ErrorCode; message: string; hint: string | undefined } };

interface LaneHost {
  run(task: LaneTask): Promise<LaneResult>;
  close(): Promise<void>;
}

/** While a lane works at one task, the next is on its way. */
const TASKS_A_LANE = 2;

/** Hands tasks to whichever lane has least to do. */
export class Lanes {
  readonly #hosts: { host: LaneHost; busy: number }[];
  readonly #waiting: (() => void)[] = [];

  /** @param threads 0: everything runs in this one */
  constructor(settings: LaneSettings, threads: number) {
    const hosts = Array.from({ length: threads }, () => threadLane(settings));
    this.#hosts = (threads === 0 ? [inlineLane(settings)] : hosts).map((host) => ({ host, busy: 0 }));
  }

  /** @throws `disk-full`, `target` */
  async run(task: LaneTask): Promise<LaneResult> {
    const lane = await this.#idlest();
    try {
      return await lane.host.run(task);
    } finally {
      lane.busy--;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map(({ host }) => host.close()));
  }

  async #idlest(): Promise<{ host: LaneHost; busy: number }> {
    for (;;) {
      const idlest = this.#hosts.reduce((best, lane) => (lane.busy < best.busy ? lane : best));
      if (idlest.busy < TASKS_A_LANE) {
        idlest.busy++;
        return idlest;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

function inlineLane(settings: LaneSettings): LaneHost {
  const lane = new Lane(settings);
  let closed = false;
  return {
    run: async (task) => {
      if (closed) throw ended();
      return lane.run(task);
    },
    close: async () => {
      closed = true;
    },
  };
}

/** Everything under way fails when the thread does. A thread that is closed ends the task it is at. */
function threadLane(settings: LaneSettings): LaneHost {
  const file = import.meta.url.endsWith('.ts') ? './lane-thread.ts' : './lane-thread.js';
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: settings,
    resourceLimits: threadLimits.modest,
  });
  const waiting = new Map<
    number,
    { resolve: (result: LaneResult) => void; reject: (error: unknown) => void }
  >();
  let tasks = 0;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new BmcloudError('internal', 'A worker thread ended unexpectedly')));
  worker.on('message', (message: FromLane) => {
    const asker = waiting.get(message.id);
    waiting.delete(message.id);
    if ('result' in message) asker?.resolve(message.result);
    else asker?.reject(errorOf(message.failed));
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const id = tasks++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, task } satisfies ToLane, transfersOf(task));
      }),
    close: async () => {
      worker.removeAllListeners('exit');
      await worker.terminate();
      fail(ended());
    },
  };
}

/** Of a restore that broke off: what is under way ends, too. */
function ended(): BmcloudError {
  return new BmcloudError('interrupted', 'The restore ended');
}

function errorOf({ code, message, hint }: { code: ErrorCode; message: string; hint: string | undefined }) {
  return new BmcloudError(code, message, hint === undefined ? {} : { hint });
}

/** Sealed bytes move instead of being copied, where nobody else looks at their memory. */
function transfersOf(task: LaneTask): ArrayBuffer[] {
  if (task.kind !== 'write') return [];
  const { buffer, byteLength } = task.sealed;
  return byteLength === buffer.byteLength ? [buffer as ArrayBuffer] : [];
}
