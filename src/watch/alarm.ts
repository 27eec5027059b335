/** A timer that sleeps with the machine is looked at this often, in milliseconds: what came due meanwhile is not missed for long. */
const LONGEST_NAP = 30_000;

/** Waits that others can end. */
export class Alarm {
  #end: (() => void) | undefined;
  #isRinging = false;

  /** Ends the wait under way, or the next one at its beginning. */
  ring = (): void => {
    this.#isRinging = true;
    this.#end?.();
  };

  /** Resolves after `milliseconds`, after half a minute, or when it rings: whoever waits looks at the clock again. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#isRinging) await this.#nap(Math.min(milliseconds, LONGEST_NAP));
    this.#isRinging = false;
  }

  async #nap(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }
}
