import { manifestName } from '../manifest/names.ts';
import type { Problems } from './problems.ts';

/** A job's line of manifests, as the store shows it. */
export interface Line {
  job: Uint8Array;
  /** Of its manifests, the greatest first. */
  numbers: number[];
  /** The greatest number that was committed from this machine. */
  remembered: number | undefined;
}

/**
 * Checks that no manifest is missing: the numbers of a line follow one another (docs/format.md, section 8), up to what this machine
 * knows that it committed. Of the newest ones nothing else in the store tells that they were there.
 * @param affects whose manifests they are
 */
export function checkNumbers({ job, numbers, remembered }: Line, problems: Problems, affects: string): void {
  const seen = numbers[0] ?? -1;
  if (remembered !== undefined && remembered > seen) {
    const hint = 'pushes from this machine committed what the store does not show any more';
    problems.add(manifestName(job, seen + 1), `${named(seen + 1, remembered)}: ${hint}`, affects);
  }
  numbers.forEach((number, at) => {
    const before = numbers[at + 1] ?? 0; // a registration that is missing is told as such
    if (before + 1 < number)
      problems.add(manifestName(job, before + 1), named(before + 1, number - 1), affects);
  });
}

function named(first: number, last: number): string {
  return first === last ? `manifest ${first} is missing` : `manifests ${first} to ${last} are missing`;
}
