/** Pieces being read, and what went wrong with them if anything did. */
export interface WatchedSource {
  pieces: AsyncIterable<Uint8Array>;
  failure: { error: unknown } | undefined;
}

/** Tells a failure of the pieces themselves from one of the store that takes them: a source error is not a full disk. */
export function watchSource(pieces: AsyncIterable<Uint8Array>): WatchedSource {
  const watched: WatchedSource = { pieces: watch(), failure: undefined };
  return watched;

  async function* watch(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      watched.failure = { error };
      throw error;
    }
  }
}
