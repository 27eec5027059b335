/** Maps a list with up to `count` calls under way ahead of the reader; results come in the order of the list. */
export async function* mapAhead<T, R>(
  values: Iterable<T>,
  count: number,
  map: (value: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for (const value of values) {
    const result = map(value);
    // It may fail long before it is its turn: whoever reads it then is told.
    result.catch(() => {});
    underWay.push(result);
    if (underWay.length > count) yield await (underWay.shift() as Promise<R>);
  }
  for (const result of underWay) yield await result;
}
