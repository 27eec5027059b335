/** Results that may be under way before the reader waits for the first of them. */
const WINDOW = 2048;

/**
 * Maps a stream whose results may come later, to results in the order of the stream. `map` is called in that order.
 * When anything fails, what is under way is waited for first.
 */
export async function* inOrder<T, R>(
  batches: AsyncIterable<T[]>,
  map: (value: T) => R | Promise<R>,
): AsyncGenerator<R[]> {
  let underWay: (R | Promise<R>)[] = [];
  try {
    for await (const batch of batches) {
      for (const value of batch) underWay.push(guarded(map(value)));
      const ready = readyOf(underWay);
      const done = underWay.slice(0, ready) as R[];
      underWay = underWay.slice(ready);
      while (underWay.length > WINDOW) done.push(await (underWay.shift() as R | Promise<R>));
      yield done;
    }
    yield await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** It may fail long before it is its turn: whoever reads it then is told. */
function guarded<R>(result: R | Promise<R>): R | Promise<R> {
  if (result instanceof Promise) result.catch(() => {});
  return result;
}

function readyOf(results: unknown[]): number {
  const first = results.findIndex((result) => result instanceof Promise);
  return first === -1 ? results.length : first;
}
