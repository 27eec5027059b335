import { TokenBucket, type TokenBucketOptions } from '../flow/token-bucket.ts';
import { type Pieces, readPieces, type Store } from './store.ts';

/** Bytes a second; absent: as fast as it goes. */
export interface BandwidthLimits {
  upload?: number;
  download?: number;
}

/** Keeps the bytes of objects, sent and fetched, to a rate. Listings and headers are small and not counted. */
export function limitedStore(
  store: Store,
  { upload, download }: BandwidthLimits,
  options: TokenBucketOptions = {},
): Store {
  const up = takerOf(upload, options);
  const down = takerOf(download, options);
  return {
    name: store.name,
    async get(key, range) {
      if (range) {
        await down(range.end - range.start);
        return store.get(key, range);
      }
      const bytes = await store.get(key);
      await down(bytes.length); // how many is known only now: the next request waits for them too
      return bytes;
    },
    async put(key, bytes) {
      await up(bytes.length);
      await store.put(key, bytes);
    },
    async putIfAbsent(key, bytes) {
      await up(bytes.length);
      return store.putIfAbsent(key, bytes);
    },
    putStream: (key, pieces) => store.putStream(key, paced(pieces, up)),
    list: (prefix, bounds) => store.list(prefix, bounds),
    listNames: (prefix) => store.listNames(prefix),
    stat: (key) => store.stat(key),
    delete: (key) => store.delete(key),
    clock: () => store.clock(),
    sweep: () => store.sweep(),
    close: () => store.close(),
  };
}

type Take = (bytes: number) => Promise<void>;

function takerOf(rate: number | undefined, options: TokenBucketOptions): Take {
  if (rate === undefined) return async () => {};
  const bucket = new TokenBucket(rate, options);
  return (bytes) => bucket.take(bytes);
}

function paced(pieces: Pieces, take: Take): Pieces {
  return typeof pieces === 'function' ? () => pace(readPieces(pieces), take) : pace(pieces, take);
}

async function* pace(pieces: AsyncIterable<Uint8Array>, take: Take): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    await take(piece.length);
    yield piece;
  }
}
