// The types of reader.mjs, for tests in TypeScript.

/** A repository that is open; only the members that tests look at. */
export interface OpenRepository {
  problems: string[];
  superseded: string[];
  rows: Map<string, { length: number }[]>;
  format: { repository: string; version: number };
  ownerRecords: { kind: string; id: string; packs?: Buffer; fences?: Buffer[] }[];
}

export interface ReadTime {
  seconds: bigint;
  nanoseconds: number;
}

export interface ReadManifest {
  key: string;
  jobHex: string;
  domain: string;
  number: number;
  kind: 'registration' | 'snapshot' | 'partial' | 'fence';
  snapshot: Buffer;
  started: ReadTime;
  ended: ReadTime;
  host?: string;
  user?: string;
  jobName?: string;
  tags: string[];
  sources: { name: string; path: Buffer; kind: number }[];
  base?: { number: number; sha256: Buffer };
  state?: Buffer;
  /** In segments. */
  changes?: Buffer;
  earlier: { number: number }[];
  entries?: number;
}

export interface ReadEntry {
  path: Buffer;
  stat: { type: string; size?: number; mode: number; modified: ReadTime; target?: Buffer; links?: number };
  marks: number;
  list?: Buffer;
  streams: { name: string; list: Buffer }[];
  descriptor?: string;
  untracked?: number;
  domain: string;
}

export class FormatError extends Error {}
export function openRepository(directory: string, secretText: string): OpenRepository;
export function listManifests(repo: OpenRepository): ReadManifest[];
export function stateOf(repo: OpenRepository, jobHex: string, number: number): ReadEntry[];
export function restore(
  repo: OpenRepository,
  jobHex: string,
  number: number,
  target: string,
): { entries: number; bytes: number; skipped: number };
