/** An object in a listing. */
export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
  /** By the store's clock, where it tells. */
  modified: Date | undefined;
}

/** Bytes `start` (inclusive) to `end` (exclusive) of an object. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface ListOptions {
  /** How many objects at most, and how many are asked for. */
  limit?: number;
  /** Only keys that come after this one. */
  after?: string;
}

/**
 * The bytes of an object, piece by piece. A function can be asked again, so that a failed upload starts over; an iterable is
 * read once, and its failed upload is the caller's to repeat. A piece is good until the next one is asked for: its memory may be
 * gone then.
 */
export type Pieces = AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>);

/**
 * A map from key to bytes: all that a repository asks of S3, a directory or memory.
 *
 * Keys are `/`-separated ASCII (`key.ts` says which), relative to the repository's prefix; no key is a folder of another. Every
 * write is atomic: an object is there whole or not at all, and writes and deletions are durable when the promise resolves.
 * Failures are `BmcloudError`s (`store-unreachable`, `store-denied`, `disk-full`, `store-failed`, `clock-skew`, `no-repository`
 * for a bucket that is not there, `interrupted`) whose `transient` says whether to try again; a missing object is `not-found`.
 * Bytes given are not kept, and bytes returned belong to the caller.
 */
export interface Store {
  /** For messages: `s3://bucket/prefix` or the directory. Never a secret. */
  readonly name: string;
  /** The object, or exactly the range of it. @throws `not-found`; `damaged` when the object ends before the range does */
  get(key: string, range?: ByteRange): Promise<Uint8Array>;
  /** Replaces what is there. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes only if nothing is there (`If-None-Match: *`, `link`): one of two racing writers gets `exists`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'>;
  /** Writes a stream of unknown length. Nothing appears at `key` unless the stream ends without an error, which is passed on as it is. */
  putStream(key: string, pieces: Pieces): Promise<void>;
  /** Objects whose key starts with `prefix`, in ascending key order; `limit` bounds how many (and how many are asked for). */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>;
  /** The distinct next path components below `prefix` (which ends in `/`, or is empty), without the slash, in the order of their keys. */
  listNames(prefix: string): AsyncIterable<string>;
  stat(key: string): Promise<StoredObject | undefined>;
  /** Succeeds when there is nothing to delete. */
  delete(key: string): Promise<void>;
  /** The store's clock at its latest answer and ours (ms since the epoch) when it came, where the store tells. */
  clock(): { store: Date; local: Date } | undefined;
  /** Removes what broken uploads of ours left behind and that is older than a day by the store's clock. Returns how many. */
  sweep(): Promise<number>;
  close(): Promise<void>;
}

/** How old, in milliseconds, what a broken upload left must be before `sweep` takes it. */
export const SWEEP_AGE = 24 * 60 * 60 * 1000;

/** The pieces once more where they can be asked again, or for the only time. */
export function readPieces(pieces: Pieces): AsyncIterable<Uint8Array> {
  return typeof pieces === 'function' ? pieces() : pieces;
}
