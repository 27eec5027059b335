import { BmcloudError } from '../errors.ts';

/** What an archive may become. */
export interface UnpackLimits {
  /** Bytes of all files. */
  bytes: number;
  members: number;
}

const LEAST_BYTES = 10 * 1024 ** 3;
const USUAL_RATIO = 100;
export const MOST_MEMBERS = 5_000_000;

/** Far more than archives that mean well need, far less than those that do not. */
export function usualLimits(archiveBytes: number): UnpackLimits {
  return { bytes: Math.max(LEAST_BYTES, archiveBytes * USUAL_RATIO), members: MOST_MEMBERS };
}

/** Stops an archive that becomes more than was allowed, before that is written. */
export class LimitGuard {
  readonly #limits: UnpackLimits;
  #bytes = 0;
  #members = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** @throws `usage` */
  member(): void {
    if (++this.#members <= this.#limits.members) return;
    throw tooMuch(`has more than ${this.#limits.members} members`, '--max-members');
  }

  /** @throws `usage` */
  file(size: number): void {
    this.#bytes += size;
    if (this.#bytes <= this.#limits.bytes) return;
    const mebibytes = Math.floor(this.#limits.bytes / 1024 ** 2);
    throw tooMuch(`unpacks to more than ${mebibytes} MiB`, '--max-size');
  }
}

function tooMuch(what: string, flag: string): BmcloudError {
  return new BmcloudError('usage', `The archive ${what}: it was stopped there`, {
    hint: `If it is meant to, allow more with ${flag}`,
    data: { limit: flag },
  });
}
