import { parentPort, workerData } from 'node:worker_threads';
import { BmcloudError, messageOf } from '../errors.ts';
import { release } from '../flow/release.ts';
import { Lane } from './lane.ts';
import type { FromLane, ToLane } from './lanes.ts';
import type { LaneSettings } from './tasks.ts';

/*
 * A lane in a thread of its own.
 */

const lane = new Lane(workerData as LaneSettings);

parentPort?.on('message', ({ id, task }: ToLane) => {
  parentPort?.postMessage(answer(id, task));
  if (task.kind === 'write') release(task.sealed); // that came here is nobody else's
});

function answer(id: number, task: ToLane['task']): FromLane {
  try {
    return { id, result: lane.run(task) };
  } catch (error) {
    const { code, hint } =
      error instanceof BmcloudError ? error : { code: 'internal' as const, hint: undefined };
    return { id, failed: { code, message: messageOf(error), hint } };
  }
}
