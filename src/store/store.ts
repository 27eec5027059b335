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

/**
 * A map from key to bytes: all that a repository asks of S3, a directory or memory.
 *
 * Keys are `/`-separated ASCII, relative to the repository's prefix. Every write is atomic: an object is there whole or not at
 * all, and durable when the promise resolves. Failures are `BmcloudError`s (`store-unreachable`, `store-denied`,
 * `disk-full`, `store-failed`, `clock-skew`) whose `transient` says whether to try again; a missing object is `not-found`.
 */
export interface Store {
  /** For messages: `s3://bucket/prefix` or the directory. Never a secret. */
  readonly name: string;
  get(key: string, range?: ByteRange): Promise<Uint8Array>;
  /** Replaces what is there. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes only if nothing is there (`If-None-Match: *`, `link`): one of two racing writers gets `exists`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'>;
  /** Writes a stream of unknown length. Nothing appears at `key` unless the stream ends without an error. */
  putStream(key: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** Objects whose key starts with `prefix`, in ascending key order; `limit` bounds how many (and how many are asked for). */
  list(prefix: string, options?: { limit?: number }): AsyncIterable<StoredObject>;
  /** The distinct next path components below `prefix` (which ends in `/`), without the slash, in order. */
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
