import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BmcloudError } from '../errors.ts';
import { threadLimits } from '../flow/thread-limits.ts';
import { type RetryPolicy, retry } from '../read/retry.ts';
import type { NativePath } from '../scan/disk.ts';
import { copyFile } from './copy-file.ts';
import type { Copied } from './source.ts';

export interface CopyTask {
  native: NativePath | Uint8Array;
  draft: NativePath | Uint8Array;
  durable: boolean;
}

/** What a thread says of a task; `thrown`: what concerns the new file. */
export type CopyAnswer =
  | Copied
  | { kind: 'thrown'; message: string; code: string | undefined; errno: number | undefined };

interface Waiting {
  task: CopyTask;
  done: (answer: CopyAnswer) => void;
  failed: (error: unknown) => void;
}

/** Files that go to a thread at once, so that messages cost little. */
const BATCH = 32;
/** Starting threads takes longer than copying a few files. */
const FEW = 256;
/** A disk, or a network, that is asked for several files at once gives more of them. */
const LEAST = 4;
const MOST = 8;

/** Files that may be asked for at once. */
export const COPIES_AHEAD = MOST * BATCH * 2;

/** Copies files, beside one another when there are many. */
export class Copiers {
  readonly #waiting: Waiting[] = [];
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #durable: boolean;
  #copied = 0;

  /** @param durable new files are not lost when the power is, which costs a flush each */
  constructor({ durable }: { durable: boolean }) {
    this.#durable = durable;
  }

  /** Reads again while somebody holds the file. Throws what concerns the new file only. */
  async copy(native: NativePath, draft: NativePath, policy: RetryPolicy): Promise<Copied> {
    const attempt = () => this.#copyOnce({ native, draft, durable: this.#durable });
    return await retry<Copied>(await attempt(), attempt, policy);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  async #copyOnce(task: CopyTask): Promise<Copied> {
    if (++this.#copied <= FEW)
      return copyFile(task.native as NativePath, task.draft as NativePath, task.durable);
    if (this.#all.length === 0) this.#start();
    const answer = await new Promise<CopyAnswer>((done, failed) => {
      this.#waiting.push({ task, done, failed });
      // Once everybody who wants to copy has said so.
      if (this.#waiting.length === 1) setImmediate(() => this.#handOut());
    });
    if (answer.kind !== 'thrown') return answer;
    throw Object.assign(new Error(answer.message), { code: answer.code, errno: answer.errno });
  }

  #start(): void {
    const count = Math.min(MOST, Math.max(LEAST, availableParallelism()));
    const file = import.meta.url.endsWith('.ts') ? './copy-thread.ts' : './copy-thread.js';
    for (let i = 0; i < count; i++) {
      const worker = new Worker(new URL(file, import.meta.url), { resourceLimits: threadLimits.brief });
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop();
      if (!worker) return;
      const share = Math.ceil(this.#waiting.length / this.#all.length);
      this.#give(worker, this.#waiting.splice(0, Math.min(BATCH, share)));
    }
  }

  #give(worker: Worker, batch: Waiting[]): void {
    const settle = () => {
      worker.off('message', take).off('error', lose).off('exit', lose);
    };
    const take = (answers: CopyAnswer[]) => {
      settle();
      this.#idle.push(worker);
      for (const [i, { done }] of batch.entries()) done(answers[i] as CopyAnswer);
      this.#handOut();
    };
    const lose = (error: unknown) => {
      settle();
      const lost = new BmcloudError('internal', 'A thread that copies files ended', { cause: error });
      for (const { failed } of batch) failed(lost);
    };
    worker.on('message', take).on('error', lose).on('exit', lose);
    worker.postMessage(batch.map(({ task }) => task));
  }
}
