import process from 'node:process';
import { BmcloudError } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * The first SIGINT or SIGTERM aborts `signal`, so that what is in flight is finished and kept; the second ends the process at once.
 * `onFirst` tells the user. Call `stop` when nothing can be interrupted any more.
 */
export function interruptible(onFirst: () => void): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort(new BmcloudError('interrupted', 'Interrupted'));
    onFirst();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    stop: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
