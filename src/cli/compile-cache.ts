import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { userDirectories } from './directories.ts';
import { systemEnvironment } from './environment.ts';

/**
 * From now on V8 keeps the code it compiles, with what else is cached for this user. Node's own place for it is below the directory
 * for temporary files: there anybody could put code for the administrator's next backup to run, since V8 checks of which source it
 * is, and not whose. `NODE_COMPILE_CACHE` goes first.
 */
export function keepCompiledCode(): void {
  enableCompileCache(path.join(userDirectories(systemEnvironment()).cache, 'code'));
}
