import { isBelow, tailOf } from './mounts.ts';
import type { Volume } from './provider.ts';

/** A volume, and the directory that shows it frozen. */
export interface FrozenVolume {
  volume: Volume;
  /** Where the whole volume is seen. */
  directory: string;
}

/** Puts the frozen directory in the place of the live one: the innermost volume that holds a path counts. */
export function frozenPaths(frozen: readonly FrozenVolume[]): (path: Uint8Array) => Uint8Array | undefined {
  const prefixes = frozen
    .map(({ volume, directory }) => ({
      live: Buffer.from(volume.root),
      frozen: Buffer.from(volume.inside === '/' ? directory : directory + volume.inside),
    }))
    .sort((a, b) => b.live.length - a.live.length);
  return (path) => {
    const prefix = prefixes.find(({ live }) => isBelow(path, live));
    return prefix && Buffer.concat([prefix.frozen, tailOf(path, prefix.live)]);
  };
}
