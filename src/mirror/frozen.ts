import { isTransient } from '../read/transient.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativeOf } from '../scan/native-path.ts';
import type { Copied } from './source.ts';

/** Frozen views of volumes, each made when the first file needs it. */
export interface FrozenViews {
  pathInShadow(path: Uint8Array): Promise<{ path: Uint8Array; provider: string } | { unavailable: string }>;
  close(): Promise<void>;
}

export type CopyFile = (native: NativePath, draft: string) => Promise<Copied>;

export interface FrozenOptions {
  /** Which files are read from frozen views: what somebody holds, all, or none. */
  mode: 'auto' | 'always' | 'never';
  views: FrozenViews;
  /** A volume of which there is no frozen view, although one was wanted for everything: why. */
  onNotFrozen: (why: string) => void;
}

/**
 * The last rung of reading: what somebody holds is copied from a frozen view of its volume.
 * @param live copies from the live volume, again and again while the file is held
 */
export function withFrozen(live: CopyFile, options: FrozenOptions): CopyFile {
  if (options.mode === 'never') return live;
  return options.mode === 'always' ? frozenFirst(live, options) : frozenLast(live, options.views);
}

function frozenLast(live: CopyFile, views: FrozenViews): CopyFile {
  return async (native, draft) => {
    const copied = await live(native, draft);
    if (copied.kind !== 'failed' || !isTransient(copied.code)) return copied;
    const view = await views.pathInShadow(Buffer.from(native));
    if ('unavailable' in view) return { ...copied, noShadow: view.unavailable };
    const frozen = await live(nativeOf(view.path), draft);
    if (frozen.kind === 'copied') return frozen;
    const why = frozen.kind === 'gone' ? 'it is not in there' : frozen.message;
    return { ...copied, noShadow: `the ${view.provider} snapshot does not give it: ${why}` };
  };
}

function frozenFirst(live: CopyFile, { views, onNotFrozen }: FrozenOptions): CopyFile {
  const told = new Set<string>();
  return async (native, draft) => {
    const view = await views.pathInShadow(Buffer.from(native));
    if ('path' in view) {
      const frozen = await live(nativeOf(view.path), draft);
      // Newer than the view, or not to be read there.
      return frozen.kind === 'copied' ? frozen : await live(native, draft);
    }
    if (!told.has(view.unavailable)) onNotFrozen(view.unavailable);
    told.add(view.unavailable);
    return await live(native, draft);
  };
}
