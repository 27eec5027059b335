import { interrupted, throwIfInterrupted } from './sleep.ts';

interface Waiter {
  admit: () => void;
}

/** Lets so many run at once and has the others wait their turn. The limit may change while they do. */
export class Semaphore {
  #limit: number;
  #running = 0;
  /** In the order they came; a waiter that gave up is removed. */
  readonly #waiting = new Set<Waiter>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** A lower limit takes effect as those running finish. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /** Runs `act` when there is room. @throws `interrupted` when the signal ends the wait */
  async run<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await act();
    } finally {
      this.#running--;
      this.#admit();
    }
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    throwIfInterrupted(signal);
    if (this.#running < this.#limit && this.#waiting.size === 0) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(waiter);
        reject(interrupted(signal));
      };
      const waiter = {
        admit: () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.#running >= this.#limit) return;
      this.#waiting.delete(waiter);
      this.#running++;
      waiter.admit();
    }
  }
}
