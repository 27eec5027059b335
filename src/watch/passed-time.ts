/** The two clocks of a machine, in milliseconds. */
export interface Clocks {
  /** Never goes back; on some systems it stands still while the machine sleeps. */
  steady: () => number;
  /** Goes on while the machine sleeps; may be set forward and back. */
  wall: () => number;
}

/**
 * Milliseconds that have passed, sleep included: each look adds what the clock that went further says. A wall clock that is set
 * back takes nothing away; one that is set forward makes something due too early, which does no harm.
 */
export class PassedTime {
  readonly #clocks: Clocks;
  #steady: number;
  #wall: number;
  #passed = 0;

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#steady = clocks.steady();
    this.#wall = clocks.wall();
  }

  now(): number {
    const steady = this.#clocks.steady();
    const wall = this.#clocks.wall();
    this.#passed += Math.max(0, steady - this.#steady, wall - this.#wall);
    this.#steady = steady;
    this.#wall = wall;
    return this.#passed;
  }
}
