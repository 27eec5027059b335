// The types of entries.mjs, for tests in TypeScript.

/** What lists are read from: only the chunks of a repository. */
export interface Chunks {
  chunk(wanted: { domain: string; id: string; length: number; kind: 1 | 2 }): Buffer;
}

export function listItems(
  repo: Chunks,
  domain: string,
  list: Buffer,
): Generator<{ length: number; id: string } | { length: number; hole: true }>;

export function runEntries(
  repo: Chunks,
  domain: string,
  list: Buffer,
  options: { isChanges: boolean },
): Generator<{ path: Buffer }>;
