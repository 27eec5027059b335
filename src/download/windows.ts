import { Semaphore } from '../flow/semaphore.ts';
import type { Batch } from './batch.ts';

/** While one window is written, the next is fetched. */
const AT_ONCE = 2;

/** Carries out windows, a few at once, and keeps whoever fills them from getting further ahead. */
export class Windows {
  readonly #write: (batch: Batch) => Promise<void>;
  readonly #room = new Semaphore(AT_ONCE);
  readonly #underWay = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(write: (batch: Batch) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the next window may be filled. @throws what a window threw */
  async hand(batch: Batch): Promise<void> {
    const work = this.#carryOut(batch);
    this.#underWay.add(work);
    void work.then(() => this.#underWay.delete(work));
    while (this.#underWay.size >= AT_ONCE) await Promise.race(this.#underWay);
    this.#check();
  }

  /** Waits until all are done. @throws what a window threw */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#check();
  }

  /** Waits until none is under way, whatever became of them. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #carryOut(batch: Batch): Promise<void> {
    try {
      await this.#room.run(() => this.#write(batch));
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
