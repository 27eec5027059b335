import { parentPort } from 'node:worker_threads';
import { answerTasks } from '../flow/thread-pool.ts';
import { hashFiles } from './hash-file.ts';

/*
 * Hashes files in a thread of its own.
 */

answerTasks(parentPort, hashFiles);
