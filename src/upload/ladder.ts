import { displayPath } from '../model/path.ts';
import type { LockedFiles } from '../repository/locked-files.ts';
import { type AskOwners, type FrozenViews, LateFiles, type LateFilesOptions } from './late-files.ts';
import { Readings, type ReadingsOptions } from './readings.ts';
import type { Place } from './uploader.ts';

/** When files are read from a frozen view of their volume: when nothing else helps, all of them, or none. */
export type ShadowMode = 'auto' | 'always' | 'never';

export interface LadderOptions
  extends Omit<ReadingsOptions, 'now'>,
    Omit<LateFilesOptions, 'read' | 'locked' | 'views' | 'askOwners'> {
  mode: ShadowMode;
  /** Made when the first file needs one. */
  views: FrozenViews;
  askOwners: AskOwners;
  locked: LockedFiles;
  /** Where the file of an entry lies on the live volume: native, as bytes. */
  locate: (path: Uint8Array) => Uint8Array;
  /** Why files were read live although a frozen view was wanted for everything; once for each reason. */
  onNotFrozen: (why: string) => void;
}

/**
 * How a push reads a file: shared with whoever else has it open, again a little later, at the end of the push, from a frozen view
 * of its volume; and if all that fails, it is passed over, and named with those who hold it.
 */
export class Ladder {
  readonly readings: Readings;
  readonly late: LateFiles;
  readonly #options: LadderOptions;
  readonly #whys = new Set<string>();

  constructor(options: LadderOptions) {
    this.#options = options;
    this.readings = new Readings(options);
    this.late = new LateFiles({
      ...options,
      read: (file) => this.readings.once(file),
      views: options.mode === 'never' ? undefined : options.views,
      onNotFrozen: this.#notFrozen,
    });
  }

  /** Where the file of an entry is read. */
  place = (path: Uint8Array): Place | Promise<Place> => {
    const native = this.#options.locate(path);
    return this.#options.mode === 'always' ? this.#frozen(native) : { path: native };
  };

  isUsuallyHeld = (path: Uint8Array): boolean => {
    const { locked } = this.#options;
    return !locked.isEmpty && locked.isUsuallyHeld(displayPath(path));
  };

  onFree = (path: Uint8Array): void => {
    const { locked } = this.#options;
    if (!locked.isEmpty) locked.noteFree(displayPath(path));
  };

  async #frozen(native: Uint8Array): Promise<Place> {
    const view = await this.#options.views.pathInShadow(native);
    if ('path' in view) return { path: view.path, live: native };
    this.#notFrozen(view.unavailable);
    return { path: native };
  }

  #notFrozen = (why: string): void => {
    if (!this.#whys.has(why)) this.#options.onNotFrozen(why);
    this.#whys.add(why);
  };
}
