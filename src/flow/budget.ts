/**
 * A budget of bytes between two stages: `take` waits while too much is under way. One taker may always go, however much it
 * wants, so that a single large piece never waits for ever.
 */
export class Budget {
  readonly #limit: number;
  readonly #waiting: { amount: number; go: () => void }[] = [];
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  async take(amount: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#fits(amount)) {
      this.#used += amount;
      return;
    }
    await new Promise<void>((go) => {
      this.#waiting.push({ amount, go });
    });
  }

  give(amount: number): void {
    this.#used -= amount;
    for (let next = this.#waiting[0]; next && this.#fits(next.amount); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.amount;
      next.go();
    }
  }

  #fits(amount: number): boolean {
    return this.#used === 0 || this.#used + amount <= this.#limit;
  }
}
