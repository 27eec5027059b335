import type { OnEvent } from '../model/events.ts';
import type { KnownChunks } from './known-chunks.ts';
import { ManifestCache } from './manifest-cache.ts';

/** What was read of a repository, for all operations on it. */
export class Gathered {
  listeners = new Set<OnEvent>();
  readonly manifests = new ManifestCache();
  known: Promise<KnownChunks> | undefined;
  refreshing: Promise<KnownChunks> | undefined;
}
