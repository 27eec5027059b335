import { parentPort } from 'node:worker_threads';
import { messageOf, systemCodeOf } from '../errors.ts';
import type { CopyAnswer, CopyTask } from './copiers.ts';
import { copyFile } from './copy-file.ts';

/*
 * Copies files in a thread of its own.
 */

parentPort?.on('message', (tasks: CopyTask[]) => parentPort?.postMessage(tasks.map(answer)));

function answer({ native, draft, durable }: CopyTask): CopyAnswer {
  try {
    return copyFile(pathOf(native), pathOf(draft), durable);
  } catch (error) {
    const code = systemCodeOf(error);
    const { errno } = error as { errno?: number };
    return { kind: 'thrown', message: messageOf(error), code, errno };
  }
}

/** A buffer comes as plain bytes. */
function pathOf(path: CopyTask['native']): string | Buffer {
  return typeof path === 'string' ? path : Buffer.from(path);
}
