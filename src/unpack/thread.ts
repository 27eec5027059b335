import { parentPort, workerData } from 'node:worker_threads';
import { answerTasks } from '../flow/thread-pool.ts';
import { type WriteSettings, writerOf } from './write-task.ts';

/*
 * Writes small files in a thread of its own.
 */

answerTasks(parentPort, writerOf(workerData as WriteSettings));
