import process from 'node:process';
import { BmcloudError } from '../errors.ts';
import { exitCodes } from './exit-codes.ts';

export interface Interruption {
  signal: AbortSignal;
  late: AbortSignal;
  stop: () => void;
}

/** Milliseconds for what is in flight when the first signal comes. */
const GRACE = 20_000;

/**
 * The first SIGINT or SIGTERM aborts `signal`, so that what is in flight is finished and kept; the second ends the process at once.
 * `late` follows after a while, for what should not be cut off at once. `onFirst` tells the user. Call `stop` when nothing can be interrupted any more.
 */
export function interruptible(onFirst: () => void, platform: string = process.platform): Interruption {
  const signals = signalsOn(platform);
  const controller = new AbortController();
  const late = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    const reason = new BmcloudError('interrupted', 'Interrupted');
    controller.abort(reason);
    setTimeout(() => late.abort(reason), GRACE).unref();
    onFirst();
  };
  for (const name of signals) process.on(name, onSignal);
  const stopHearing = onLostParent(() => {
    if (!controller.signal.aborted) onSignal();
  });
  return {
    signal: controller.signal,
    late: late.signal,
    stop: () => {
      for (const name of signals) process.off(name, onSignal);
      stopHearing();
    },
  };
}

/** Windows tells of Ctrl-Break, and of a console window that is closed, for seconds; elsewhere the latter is what nohup is about. */
function signalsOn(platform: string): NodeJS.Signals[] {
  return platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];
}

/** Who started us with a channel, as `schedule run` does, and was killed cannot pass a signal on: the end of the channel is one. */
function onLostParent(act: () => void): () => void {
  if (!process.connected) return () => {};
  process.on('disconnect', act);
  process.channel?.unref();
  return () => void process.off('disconnect', act);
}
