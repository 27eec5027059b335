import { BmcloudError } from '../errors.ts';

/** Waits `milliseconds`; an aborted signal ends the wait. @throws `interrupted` */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(interrupted(signal));
    const stop = () => {
      clearTimeout(timer);
      reject(interrupted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });

/** @throws `interrupted` when the signal is aborted. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interrupted(signal);
}

/** The error of an aborted signal: its own reason where that is one of ours. */
export function interrupted(signal?: AbortSignal): BmcloudError {
  const reason: unknown = signal?.reason;
  if (reason instanceof BmcloudError) return reason;
  return new BmcloudError('interrupted', 'Interrupted', { cause: reason });
}
