import type { BatchBuilder, ScanOptions } from './batch.ts';
import { CACHE_TAG, isCacheTag } from './cache-tag.ts';
import type { Disk, NativePath } from './disk.ts';
import type { Found, Listed } from './level.ts';
import { inOrder, listNames, type Name } from './listing.ts';
import { joinNative } from './native-path.ts';
import type { Selection } from './selection.ts';
import type { SystemStat } from './system-stat.ts';
import { listWindows, staysInCloud, type WindowsListing } from './windows.ts';

/** Lists what is in a directory, as far as tags in it do not leave that out. */
export class Lister {
  readonly #options: Pick<ScanOptions, 'excludeCaches' | 'cloudFiles'>;
  readonly #disk: Disk;
  readonly #batch: BatchBuilder;
  readonly #selection: Selection | undefined;
  readonly #windows: WindowsListing | undefined;

  constructor(
    options: Pick<ScanOptions, 'excludeCaches' | 'cloudFiles'>,
    disk: Disk,
    batch: BatchBuilder,
    selection?: Selection,
    windows?: WindowsListing,
  ) {
    this.#options = options;
    this.#disk = disk;
    this.#batch = batch;
    this.#selection = selection;
    this.#windows = windows;
  }

  /** The names to visit. @throws what the system says */
  list({ native, seen }: Found): Listed {
    const listed = this.#namesIn(native, seen);
    const tags = this.#cacheTagIn(native, listed) ?? this.#selection?.tagsAmong(listed.names);
    if (!tags) return listed;
    this.#batch.excluded += listed.names.length - tags.length;
    return { names: tags, ...(listed.inside && { inside: listed.inside }) };
  }

  #cacheTagIn(directory: NativePath, { names, inside }: Listed): Name[] | undefined {
    if (!this.#options.excludeCaches || !names.includes(CACHE_TAG)) return undefined;
    const facts = inside?.get(CACHE_TAG);
    if (facts && staysInCloud(facts, this.#options)) return undefined;
    return isCacheTag(joinNative(directory, CACHE_TAG), this.#disk) ? [CACHE_TAG] : undefined;
  }

  #namesIn(directory: NativePath, seen: SystemStat): Listed {
    const ahead = this.#disk.ahead?.take(directory, seen);
    if (ahead) return { names: ahead.names, seenInside: ahead.seen };
    const listed = this.#windows && listWindows(directory, this.#windows);
    if (!listed) return { names: listNames(directory, this.#disk) };
    return { names: inOrder(listed.names), inside: listed.facts };
  }
}
