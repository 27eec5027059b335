import { syncBuiltinESMExports } from 'node:module';
import { getAsset } from 'node:sea';
import threads, { setEnvironmentData, type WorkerOptions } from 'node:worker_threads';
import type { Guarded } from './guard.ts';
import { GUARDED } from './guarded-key.ts';

/** From now on threads are guarded as this one is (`thread.ts`), before they load their first module. */
export function guardThreads(guarded: Guarded): void {
  setEnvironmentData(GUARDED, guarded);
  const guard = getAsset('thread.cjs', 'utf8');
  class GuardedWorker extends threads.Worker {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      super(`${guard}\nimport(${JSON.stringify(String(file))});`, { ...options, eval: true });
    }
  }
  threads.Worker = GuardedWorker;
  syncBuiltinESMExports();
}
