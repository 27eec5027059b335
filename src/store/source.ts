/** Pieces being read, and what went wrong with them if anything did. */
export interface WatchedSource {
  pieces: AsyncIterable<Uint8Array>;
  failure: { error: unknown } | undefined;
}

/** Tells a failure of the pieces themselves from one of the store that takes them: a source error is not a full disk. */
export function watchSource(pieces: AsyncIterable<Uint8Array>): WatchedSource {
  const watched: WatchedSource = { pieces: { [Symbol.asyncIterator]: watch }, failure: undefined };
  return watched;

  // Not a generator: streams throw *their* failures into those, which would then look like the source's.
  function watch(): AsyncIterator<Uint8Array> {
    const iterator = pieces[Symbol.asyncIterator]();
    return {
      next: () => noting(() => iterator.next()),
      return: () => noting(async () => (await iterator.return?.()) ?? { done: true, value: undefined }),
    };
  }

  async function noting<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      watched.failure ??= { error };
      throw error;
    }
  }
}
