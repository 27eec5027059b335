import { interrupted } from '../flow/sleep.ts';
import type { Shadow, ShadowProvider, Volume } from './provider.ts';

/** What the Volume Shadow Copy Service does for us. */
export interface VolumeShadowCopies {
  /** Freezes volumes at one moment, and those mounted in them. All that it made goes with `close`, or with this process. */
  createShadow(
    volumes: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<ShadowCopySet>;
  /** Where the volume of a path is mounted, with a `\` at its end: `C:\`, `C:\Data\`. Undefined for a share and the like. */
  volumeOf(path: string): Promise<string | undefined>;
}

export interface ShadowCopySet {
  shadows: readonly { volume: string; device: string }[];
  warnings: readonly string[];
  close(): Promise<void>;
}

/** Shadow copies of Windows. They go with the process that made them, so nothing is ever left over. */
export function vssShadows(copies: VolumeShadowCopies): ShadowProvider {
  const volumeAt = volumesByName();
  return {
    name: 'vss',
    async supports(path) {
      const root = await copies.volumeOf(ordinary(textOf(path)));
      return root === undefined ? undefined : volumeAt(root);
    },
    async open(volumes, options) {
      const roots = volumes.map(({ root }) => root);
      const set = await copies.createShadow(roots, options);
      if (!options.signal?.aborted) return shadowOf(set, volumeAt);
      await set.close();
      throw interrupted(options.signal);
    },
    leftovers: async () => [],
  };
}

type VolumeAt = (mountPoint: string) => Volume;

/** One volume is one, however its name is spelt. */
function volumesByName(): VolumeAt {
  const known = new Map<string, Volume>();
  return (mountPoint) => {
    const root = mountPoint.endsWith('\\') ? mountPoint : `${mountPoint}\\`;
    const id = root.toLowerCase();
    const volume = known.get(id) ?? { id, root, inside: '/' };
    known.set(id, volume);
    return volume;
  };
}

/**
 * Paths are put together as text: Node takes the `\` off the end of a device's root and then opens the device, so nothing here may
 * be resolved or normalised.
 */
function shadowOf(set: ShadowCopySet, volumeAt: VolumeAt): Shadow {
  const copies = set.shadows
    .map(({ volume, device }) => ({ volume: volumeAt(volume), device }))
    .sort((a, b) => b.volume.root.length - a.volume.root.length);
  return {
    volumes: copies.map(({ volume }) => volume),
    warnings: set.warnings,
    map(path) {
      const text = textOf(path);
      const live = ordinary(text);
      const copy = copies.find(({ volume }) => startsWith(`${live}\\`, volume.root));
      if (!copy) return undefined;
      // What is below stays bytes: a name may be no text.
      const before = text.slice(0, text.length - live.length + copy.volume.root.length);
      return Buffer.concat([Buffer.from(`${copy.device}\\`), path.subarray(Buffer.byteLength(before))]);
    },
    close: () => set.close(),
  };
}

/** Without the `\\?\` of long paths: volumes are named without it. */
function ordinary(path: string): string {
  return path.replace(/^\\\\\?\\(?=[a-z]:)/i, '');
}

function startsWith(path: string, root: string): boolean {
  return path.slice(0, root.length).toLowerCase() === root.toLowerCase();
}

function textOf(path: Uint8Array): string {
  return Buffer.from(path).toString();
}
