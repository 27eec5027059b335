import { BmcloudError, messageOf } from '../errors.ts';
import { type BackoffPolicy, defaultBackoff, withBackoff } from '../flow/backoff.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import { type FrozenVolume, frozenPaths } from './frozen-paths.ts';
import type { Shadow } from './provider.ts';
import { refusal } from './refuse.ts';

/** One change to the system on the way to a shadow: a snapshot, a mount. */
export interface Step {
  /** Never stopped in the middle, so that what it did is known. */
  make(): Promise<void>;
  /** Undoes it, wholly or half made; nothing happens if it is not there. */
  remove(): Promise<void>;
}

/** A reader may hold a file for a moment longer. */
const patience: BackoffPolicy = { ...defaultBackoff, attempts: 8, firstWait: 400, longestWait: 3000 };

/**
 * Makes a shadow step by step. Whatever fails, and when the signal is aborted, all that was begun is undone.
 * @throws `source-unreadable`, `interrupted`
 */
export async function shadowBySteps(
  frozen: readonly FrozenVolume[],
  steps: readonly Step[],
  signal?: AbortSignal,
): Promise<Shadow> {
  const begun: Step[] = [];
  try {
    for (const step of steps) {
      throwIfInterrupted(signal);
      begun.push(step);
      await step.make();
    }
    throwIfInterrupted(signal);
  } catch (error) {
    await undoAfter(error, begun);
    throw error;
  }
  return {
    volumes: frozen.map(({ volume }) => volume),
    warnings: [],
    map: frozenPaths(frozen),
    close: () => undo(begun),
  };
}

async function undoAfter(error: unknown, begun: Step[]): Promise<void> {
  try {
    await undo(begun);
  } catch (second) {
    const code = error instanceof BmcloudError ? error.code : 'source-unreadable';
    const message = `${messageOf(error)}; cleaning up failed too: ${messageOf(second)}`;
    throw new BmcloudError(code, message, { cause: error });
  }
}

/** The last step first. All are tried; those that worked leave the list, so that it can be called again. */
async function undo(steps: Step[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of [...steps].reverse()) {
    try {
      await withBackoff(patience, () => step.remove());
      steps.splice(steps.indexOf(step), 1);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw refusal(failures.map(messageOf).join('; '), { cause: failures[0] });
}
