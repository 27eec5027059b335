import { Worker } from 'node:worker_threads';
import { BmcloudError, type ErrorCode, messageOf } from '../errors.ts';
import { threadLimits } from './thread-limits.ts';

/*
 * A pool of threads that all do the same. The file they run calls `answerTasks`.
 */

interface ToThread<T> {
  id: number;
  task: T;
}

type FromThread<R> =
  | { id: number; result: R }
  | { id: number; failed: { code: ErrorCode; message: string; hint: string | undefined } };

interface Asker<R> {
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/** While a thread works at one task, the next is on its way. */
const TASKS_A_THREAD = 2;

/** Hands tasks to whichever thread has least to do. */
export class ThreadPool<T, R> {
  readonly #threads: Thread<T, R>[];
  readonly #waiting: (() => void)[] = [];

  /** @param file what a thread runs @param settings plain data that each gets when it begins */
  constructor(file: URL, count: number, settings?: unknown) {
    this.#threads = Array.from({ length: count }, () => new Thread<T, R>(file, settings));
  }

  /** @param moved memory that goes to the thread instead of being copied @throws what the task threw */
  async run(task: T, moved: ArrayBuffer[] = []): Promise<R> {
    const thread = await this.#idlest();
    try {
      return await thread.run(task, moved);
    } finally {
      thread.busy--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends the threads, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  async #idlest(): Promise<Thread<T, R>> {
    for (;;) {
      const idlest = this.#threads.reduce((best, thread) => (thread.busy < best.busy ? thread : best));
      if (idlest.busy < TASKS_A_THREAD) {
        idlest.busy++;
        return idlest;
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

class Thread<T, R> {
  busy = 0;
  readonly #worker: Worker;
  readonly #askers = new Map<number, Asker<R>>();
  #tasks = 0;
  #failure: unknown;

  constructor(file: URL, settings: unknown) {
    this.#worker = new Worker(file, { workerData: settings, resourceLimits: threadLimits.brief });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () =>
      this.#fail(new BmcloudError('internal', 'A worker thread ended unexpectedly')),
    );
    this.#worker.on('message', (message: FromThread<R>) => this.#take(message));
  }

  run(task: T, moved: ArrayBuffer[]): Promise<R> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const id = this.#tasks++;
      this.#askers.set(id, { resolve, reject });
      this.#worker.postMessage({ id, task } satisfies ToThread<T>, moved);
    });
  }

  async close(): Promise<void> {
    this.#worker.removeAllListeners('exit');
    await this.#worker.terminate();
    this.#fail(new BmcloudError('interrupted', 'The operation ended'));
  }

  #take(message: FromThread<R>): void {
    const asker = this.#askers.get(message.id);
    this.#askers.delete(message.id);
    if ('result' in message) asker?.resolve(message.result);
    else asker?.reject(errorOf(message.failed));
  }

  /** Everything under way fails when the thread does. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#askers.values()) reject(this.#failure);
    this.#askers.clear();
  }
}

function errorOf({ code, message, hint }: { code: ErrorCode; message: string; hint: string | undefined }) {
  return new BmcloudError(code, message, hint === undefined ? {} : { hint });
}

/** The port of a thread to whoever began it. */
export interface TaskPort {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  postMessage(message: unknown): void;
}

/** In a thread: answers each task by what `act` gives, or throws. */
export function answerTasks<T, R>(port: TaskPort | null, act: (task: T) => R): void {
  port?.on('message', (message) => {
    const { id, task } = message as ToThread<T>;
    try {
      port.postMessage({ id, result: act(task) });
    } catch (error) {
      const { code, hint } =
        error instanceof BmcloudError ? error : { code: 'internal' as const, hint: undefined };
      port.postMessage({ id, failed: { code, message: messageOf(error), hint } });
    }
  });
}
