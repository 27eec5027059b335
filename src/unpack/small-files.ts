import { availableParallelism } from 'node:os';
import type { Lost } from '../download/outcome.ts';
import { ThreadPool } from '../flow/thread-pool.ts';
import type { Written } from './write-file.ts';
import { type WriteResult, type WriteSettings, type WriteTask, writerOf } from './write-task.ts';

const TASK_FILES = 128;
const TASK_BYTES = 1024 * 1024;
const THREADS = Math.min(8, Math.max(1, availableParallelism()));

/** A small file, and who is told what became of it. */
export interface SmallFile {
  file: Omit<WriteTask['files'][number], 'length'>;
  bytes: Uint8Array;
  done: (written: Written) => void;
}

/** Writes small files, many at once, in threads. */
export class SmallFiles {
  readonly #settings: WriteSettings;
  /** Made when there is more than one task: threads take longer to begin than that. */
  #pool: ThreadPool<WriteTask, WriteResult> | undefined;
  readonly #onLost: (what: Lost[]) => void;
  readonly #underWay = new Set<Promise<void>>();
  #gathered: SmallFile[] = [];
  #bytes = 0;
  #failure: { error: unknown } | undefined;

  constructor(settings: WriteSettings, onLost: (what: Lost[]) => void) {
    this.#settings = settings;
    this.#onLost = onLost;
  }

  /** Resolves when the next may come. @throws what an earlier one threw: `disk-full`, `target` */
  async add(small: SmallFile): Promise<void> {
    this.#gathered.push(small);
    this.#bytes += small.bytes.length;
    if (this.#gathered.length < TASK_FILES && this.#bytes < TASK_BYTES) return;
    this.#pool ??= this.#startThreads();
    await this.#send();
  }

  /** Waits until all are written. @throws `disk-full`, `target` */
  async finish(): Promise<void> {
    await this.#send();
    await Promise.all(this.#underWay);
    this.#check();
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  #startThreads(): ThreadPool<WriteTask, WriteResult> {
    const file = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
    return new ThreadPool(new URL(file, import.meta.url), THREADS, this.#settings);
  }

  async #carryOut(task: WriteTask, moved: ArrayBuffer): Promise<WriteResult> {
    return this.#pool ? await this.#pool.run(task, [moved]) : writerOf(this.#settings)(task);
  }

  async #send(): Promise<void> {
    const group = this.#gathered;
    if (group.length === 0) return;
    const data = new Uint8Array(this.#bytes);
    this.#gathered = [];
    this.#bytes = 0;
    const work = this.#write(group, data);
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
    while (this.#underWay.size >= THREADS * 3) await Promise.race(this.#underWay);
    this.#check();
  }

  async #write(group: SmallFile[], data: Uint8Array<ArrayBuffer>): Promise<void> {
    let at = 0;
    const files = group.map(({ file, bytes }) => {
      data.set(bytes, at);
      at += bytes.length;
      return { ...file, length: bytes.length };
    });
    try {
      const { written, lost } = await this.#carryOut({ files, data }, data.buffer);
      this.#onLost(lost);
      for (const [i, { done }] of group.entries()) done(written[i] as Written);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
