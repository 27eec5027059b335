import { BmcloudError } from '../errors.ts';
import { interrupted } from '../flow/sleep.ts';
import { loadAddon } from './addon.ts';

/** Snapshots of Windows (VSS), as the addon makes them. */
export interface NativeShadow {
  /**
   * Freezes volumes at one moment, and those mounted below them. Works in a thread of its own; the snapshots go with
   * `close`, or with this process.
   * @param volumes where they are mounted: `C:\`, `C:\data\`
   * @param options `timeoutMs`: for the making, and again for `close`
   * @throws a ShadowError, a TypeError for what is none of these
   */
  createShadow(
    volumes: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<NativeShadows>;
  /** Where the volume of a path is mounted, with a `\` at its end. Throws a ShadowError. */
  volumeOf(path: string): string;
  /** Whether this process may ask for snapshots. */
  isElevated(): boolean;
}

export interface NativeShadows {
  /**
   * What was frozen, maybe less than was asked for (then there is a warning) or more. `device` has no `\` at its end;
   * Node can open everything below it, but must not be asked for the device itself.
   */
  shadows: { volume: string; device: string }[];
  /** One sentence each. */
  warnings: string[];
  /** Deletes the snapshots. Rejects with a ShadowError if that did not go well; a second call waits for the first. */
  close(): Promise<void>;
}

/** A step towards a snapshot that failed; `message` says why. */
export interface ShadowError extends Error {
  /** The function of Windows that failed. */
  step: string;
  /** What it said, unsigned. */
  hresult: number;
  /** The same may succeed some minutes later. */
  transient: boolean;
}

export function isShadowError(error: unknown): error is ShadowError {
  return error instanceof Error && 'hresult' in error && 'step' in error;
}

/** @returns undefined on systems without it; `loadAddon().reason` tells why */
export function loadShadowAddon(): NativeShadow | undefined {
  return loadAddon().addon as NativeShadow | undefined;
}

/** Snapshots of Windows with errors of ours. */
export function volumeShadowCopies(native: NativeShadow) {
  return {
    /** @throws `source-unreadable`, `interrupted` */
    async createShadow(
      volumes: readonly string[],
      options: { timeoutMs: number; signal?: AbortSignal | undefined },
    ): Promise<NativeShadows> {
      const made = await native.createShadow(volumes, options).catch((error: unknown) => {
        throw options.signal?.aborted ? interrupted(options.signal) : told(error);
      });
      return { ...made, close: () => made.close().catch((error: unknown) => Promise.reject(told(error))) };
    },
    /** Where the volume of a path is mounted; undefined for a share. @throws `source-unreadable` */
    async volumeOf(path: string): Promise<string | undefined> {
      if (isShare(path)) return undefined;
      try {
        return native.volumeOf(path);
      } catch (error) {
        throw told(error);
      }
    },
  };
}

function told(error: unknown): unknown {
  if (!isShadowError(error)) return error;
  const { step, hresult, transient, message } = error;
  return new BmcloudError('source-unreadable', message, { transient, data: { step, hresult }, cause: error });
}

/** `\\server\share`, `\\?\UNC\server\share`: Windows is not asked, for a server that is away keeps one waiting. */
function isShare(path: string): boolean {
  return /^[\\/]{2}(?![?.][\\/])|^\\\\[?.]\\UNC\\/i.test(path);
}
