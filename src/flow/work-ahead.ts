/** How far ahead of its reader a stream may run. */
export interface AheadLimits {
  count: number;
  bytes: number;
}

/**
 * Begins work on values before it is their turn; what was begun comes in order, and an error of the values after what came before it.
 * @param begin starts work on a value; bytes it will hold until its turn
 */
export async function* workAhead<T, R>(
  values: AsyncIterable<T>,
  limits: AheadLimits,
  begin: (value: T) => { work: Promise<R>; bytes: number } | undefined,
): AsyncGenerator<{ value: T; work: Promise<R> | undefined }> {
  const queue: { value: T; work: Promise<R> | undefined; bytes: number }[] = [];
  let held = 0;
  const take = () => {
    const next = queue.shift() as (typeof queue)[number];
    held -= next.bytes;
    return next;
  };
  let failure: { error: unknown } | undefined;
  try {
    for await (const value of values) {
      const begun = begin(value);
      // It may fail long before it is its turn: whoever reads it then is told.
      begun?.work.catch(() => {});
      queue.push({ value, work: begun?.work, bytes: begun?.bytes ?? 0 });
      held += begun?.bytes ?? 0;
      while (queue.length > limits.count || (held > limits.bytes && queue.length > 0)) yield take();
    }
  } catch (error) {
    failure = { error };
  }
  while (queue.length > 0) yield take();
  if (failure) throw failure.error;
}
