import { isBmcloudError } from '../errors.ts';
import { type Pieces, readPieces, type Store } from './store.ts';

export const requestKinds = ['get', 'put', 'putStream', 'list', 'stat', 'delete', 'sweep'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** What was asked of a store, retries included. A stream or a listing counts once, however many requests it takes. */
export interface StoreCounts {
  requests: Record<RequestKind, number>;
  failures: number;
  /** Bytes of objects. */
  uploaded: number;
  downloaded: number;
}

/** One request, when it is over: for logs. */
export interface RequestReport {
  kind: RequestKind;
  key: string;
  /** Of the object, sent or fetched. */
  bytes: number;
  milliseconds: number;
  /** The code of the error it ended with. */
  error?: string;
}

export interface CountingOptions {
  onRequest?: ((report: RequestReport) => void) | undefined;
  /** Milliseconds, monotonic. */
  now?: () => number;
}

export function noCounts(): StoreCounts {
  return {
    requests: { get: 0, put: 0, putStream: 0, list: 0, stat: 0, delete: 0, sweep: 0 },
    failures: 0,
    uploaded: 0,
    downloaded: 0,
  };
}

/** Adds what is asked of a store to `counts`, and reports each request. */
export function countingStore(store: Store, counts: StoreCounts, options: CountingOptions = {}): Store {
  const meter = new Meter(counts, options);
  return {
    name: store.name,
    get: (key, range) =>
      meter.count('get', key, async (moved) => {
        const bytes = await store.get(key, range);
        moved.downloaded(bytes.length);
        return bytes;
      }),
    put: (key, bytes) =>
      meter.count('put', key, async (moved) => {
        await store.put(key, bytes);
        moved.uploaded(bytes.length);
      }),
    putIfAbsent: (key, bytes) =>
      meter.count('put', key, async (moved) => {
        const outcome = await store.putIfAbsent(key, bytes);
        moved.uploaded(bytes.length);
        return outcome;
      }),
    putStream: (key, pieces) =>
      meter.count('putStream', key, (moved) => store.putStream(key, counted(pieces, moved.uploaded))),
    list: (prefix, bounds) => meter.countIteration('list', prefix, store.list(prefix, bounds)),
    listNames: (prefix) => meter.countIteration('list', prefix, store.listNames(prefix)),
    stat: (key) => meter.count('stat', key, () => store.stat(key)),
    delete: (key) => meter.count('delete', key, () => store.delete(key)),
    clock: () => store.clock(),
    sweep: () => meter.count('sweep', '', () => store.sweep()),
    close: () => store.close(),
  };
}

/** Takes note of bytes as they move. */
interface Moved {
  uploaded: (bytes: number) => void;
  downloaded: (bytes: number) => void;
}

class Meter {
  readonly #counts: StoreCounts;
  readonly #onRequest: CountingOptions['onRequest'];
  readonly #now: () => number;

  constructor(counts: StoreCounts, { onRequest, now = () => performance.now() }: CountingOptions) {
    this.#counts = counts;
    this.#onRequest = onRequest;
    this.#now = now;
  }

  async count<T>(kind: RequestKind, key: string, act: (moved: Moved) => Promise<T>): Promise<T> {
    const report = this.#begin(kind, key);
    try {
      return await act(this.#movedOf(report));
    } catch (error) {
      this.#fail(report, error);
      throw error;
    } finally {
      this.#end(report);
    }
  }

  async *countIteration<T>(kind: RequestKind, key: string, found: AsyncIterable<T>): AsyncGenerator<T> {
    const report = this.#begin(kind, key);
    try {
      yield* found;
    } catch (error) {
      this.#fail(report, error);
      throw error;
    } finally {
      this.#end(report);
    }
  }

  #begin(kind: RequestKind, key: string): RequestReport {
    this.#counts.requests[kind]++;
    return { kind, key, bytes: 0, milliseconds: -this.#now() };
  }

  #movedOf(report: RequestReport): Moved {
    return {
      uploaded: (bytes) => {
        this.#counts.uploaded += bytes;
        report.bytes += bytes;
      },
      downloaded: (bytes) => {
        this.#counts.downloaded += bytes;
        report.bytes += bytes;
      },
    };
  }

  #fail(report: RequestReport, error: unknown): void {
    this.#counts.failures++;
    report.error = isBmcloudError(error) ? error.code : 'internal';
  }

  #end(report: RequestReport): void {
    report.milliseconds += this.#now();
    this.#onRequest?.(report);
  }
}

function counted(pieces: Pieces, add: (bytes: number) => void): Pieces {
  return typeof pieces === 'function' ? () => addUp(readPieces(pieces), add) : addUp(pieces, add);
}

async function* addUp(
  pieces: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    add(piece.length);
    yield piece;
  }
}
