import { decodeContent } from '../model/entry.ts';
import { displayPath } from '../model/path.ts';
import type { RetryPolicy } from '../read/retry.ts';
import { type LookOptions, look } from '../scan/look.ts';
import { nativePath } from '../scan/native-path.ts';
import type { Known } from './align.ts';
import { COPIES_AHEAD, Copiers } from './copiers.ts';
import { type FrozenOptions, withFrozen } from './frozen.ts';
import type { MirrorSource } from './source.ts';

export interface DiskOptions extends LookOptions {
  /** By the path of an entry. */
  isTracked: (entry: Uint8Array) => boolean;
  time: Date;
  retry: RetryPolicy;
  frozen: FrozenOptions;
  platform: 'posix' | 'windows';
}

const SLASH = 0x2f;

/** Files as they are on disk now. */
export function diskSource(options: DiskOptions): MirrorSource {
  const { sources, isTracked, time, retry, frozen, platform } = options;
  const roots = sources.map(({ name, path }) => ({ name: Buffer.from(name), path }));
  const rootOf = (entry: Uint8Array) => {
    const slash = entry.indexOf(SLASH);
    const name = slash === -1 ? entry : entry.subarray(0, slash);
    return roots.find((root) => Buffer.compare(root.name, name) === 0)?.path as Uint8Array;
  };
  // A record must not name what a failure of the power can take.
  const copiers = new Copiers({ durable: true });
  const copy = withFrozen((native, draft) => copiers.copy(native, draft, retry), frozen);
  return {
    facts: { sources: sources.map(({ name, path }) => ({ name, path: displayPath(path) })), platform },
    time,
    entries: (blind) =>
      look(options, ({ problems, cloud }) => {
        for (const { path, native, message, code } of problems) {
          if (!path.includes(SLASH)) blind.lost(path, native);
          blind.unseen(path);
          blind.problem(native, message, code);
        }
        for (const path of cloud) blind.unseen(path);
      }),
    // What the rules say of a file the scan writes beside it.
    isTracked: ({ source, last }: Known) =>
      source ? decodeContent(source.content).tracked && isTracked(source.entry) : (last?.tracked ?? true),
    refusal: () => undefined,
    show: (entry) => displayPath(Buffer.from(nativePath(rootOf(entry), entry))),
    copiesAhead: COPIES_AHEAD,
    copy: (found, draft) => copy(nativePath(rootOf(found.entry), found.entry), draft),
    close: async () => {
      await copiers.close();
      await frozen.views.close();
    },
  };
}
