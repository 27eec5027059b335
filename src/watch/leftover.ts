const FIRST_WAIT = 60_000;
const LONGEST_WAIT = 3_600_000;

/**
 * Differences that a push left behind: files it could not read, or could not be sure of. The same ones again are no news, and are
 * tried at growing distances only; anything else is pushed at once.
 */
export class Leftover {
  #digest: string | undefined;
  #pushes = 0;
  #next = 0;

  /** @returns whether to push for these differences now; `again`: the last push saw the same */
  verdict(digest: string | undefined, now: number): 'push' | 'again' | 'wait' {
    if (digest === undefined || digest !== this.#digest) return 'push';
    return now < this.#next ? 'wait' : 'again';
  }

  /** They were pushed. */
  pushed(digest: string | undefined, now: number): void {
    this.#pushes = digest === this.#digest ? this.#pushes + 1 : 1;
    this.#digest = digest;
    this.#next = now + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#pushes - 1));
  }
}
