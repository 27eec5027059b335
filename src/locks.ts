import { loadOwnersAddon } from './native/owners.ts';
import { type FileOwners, findOwners } from './owners/owners.ts';

/** How long it is asked who holds files. */
export interface LocksOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for all paths together; what was found until then counts. Default: 5 s. */
  deadline?: number;
}

/** Which programs hold each of `paths` (absolute, native), this one left out, in their order. @throws `interrupted` */
export async function locks(paths: (string | Buffer)[], options: LocksOptions = {}): Promise<FileOwners[]> {
  return await findOwners(paths, { ...options, platform: process.platform, windows: loadOwnersAddon() });
}
