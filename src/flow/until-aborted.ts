import { throwIfInterrupted } from './sleep.ts';

/** The same values, for as long as the signal is not aborted. @throws `interrupted` */
export async function* untilAborted<T>(
  values: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  throwIfInterrupted(signal);
  for await (const value of values) {
    yield value;
    throwIfInterrupted(signal);
  }
}
