import { getEnvironmentData } from 'node:worker_threads';
import { type Guarded, guardModules } from './guard.ts';
import { GUARDED } from './guarded-key.ts';

/* What a thread of the program runs first. */

guardModules(getEnvironmentData(GUARDED) as unknown as Guarded);
