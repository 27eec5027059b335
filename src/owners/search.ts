import type { LockOwner } from '../model/owner.ts';

/** What is known of who holds a file. */
export interface FileOwners {
  /** Those that lock it first, then those that write, then those that read. */
  owners: LockOwner[];
  /** Why there may be more of them, in one sentence. */
  unknown?: string;
}

/** The path of a file that others hold: bytes where it is no valid text. */
export type OwnedPath = string | Buffer;

export const TIME_IS_OVER = 'the search took too long and was ended early';

/** How a program holds a file, in words, the strongest first. */
const strength = [/ lock \(/, /^running$/, /^open for writing$/, /./];

/** Ways of one process to hold a file, as one phrase: reading goes without saying where there is more to tell. */
export function holdingPhrase(ways: Iterable<string>): string {
  const all = [...new Set(ways)].sort((a, b) => rank(a) - rank(b));
  const telling = all.filter((way) => way !== 'open for reading');
  return (telling.length > 0 ? telling : all).join(', ');
}

/** Owners in the order in which they are likely to be in the way. */
export function byStrength(owners: LockOwner[]): LockOwner[] {
  return owners.toSorted((a, b) => rank(a.how ?? '') - rank(b.how ?? '') || a.pid - b.pid);
}

function rank(way: string): number {
  const place = strength.findIndex((pattern) => pattern.test(way));
  return place < 0 ? strength.length : place;
}
