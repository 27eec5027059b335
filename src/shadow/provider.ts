/*
 * A frozen view of a volume ("shadow"): files in it stand still, whoever writes to the live ones. Each way to make one is a
 * provider; paths are absolute and native, as bytes, for not every name is text.
 */

/** What can be frozen in one piece: a subvolume, a dataset, a logical volume, a Windows volume. */
export interface Volume {
  /** As the provider's own tools name it. */
  readonly id: string;
  /** Where it is seen: a mount point, the root of a subvolume, `C:\`. */
  readonly root: string;
  /** Which directory of it is seen at `root`, as `/srv`; `/` for all of it. */
  readonly inside: string;
}

export interface ShadowOptions {
  /** How long it may take, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A way to freeze volumes. */
export interface ShadowProvider {
  readonly name: 'btrfs' | 'zfs' | 'lvm' | 'vss';
  /**
   * The volume that holds a path.
   * @returns undefined if it is none of this provider's
   * @throws `source-unreadable` for one of its own that cannot be frozen, with the reason
   */
  supports(path: Uint8Array): Promise<Volume | undefined>;
  /**
   * Freezes volumes, all at the same moment where the system can. Whatever fails, nothing is left behind.
   * @throws `source-unreadable` with the reason, `interrupted`
   */
  open(volumes: readonly Volume[], options: ShadowOptions): Promise<Shadow>;
  /** What killed runs left behind, by our names; nothing of a process that still runs. */
  leftovers(): Promise<Leftover[]>;
}

/** Volumes that were frozen. */
export interface Shadow {
  /** All that is in it, maybe more than was asked for. */
  readonly volumes: readonly Volume[];
  /** What did not go well, such as a writer that did not answer: one sentence each. */
  readonly warnings: readonly string[];
  /** Where a path of the live volume lies in the frozen view; undefined if it is of none of the volumes. */
  map(path: Uint8Array): Uint8Array | undefined;
  /** Removes it from the system. Its files must be closed. @throws `source-unreadable` if something stays behind */
  close(): Promise<void>;
}

/** A shadow whose process is gone. */
export interface Leftover {
  /** As the provider's tools name it. */
  readonly name: string;
  readonly made: Date;
  remove(): Promise<void>;
}
