import type { BigIntStats } from 'node:fs';
import { platform } from 'node:os';
import { joinPath } from '../model/path.ts';
import type { BatchBuilder, ScanOptions, ScanSource } from './batch.ts';
import { CACHE_TAG, isCacheTag } from './cache-tag.ts';
import { type DefaultRules, defaultRules } from './default-excludes.ts';
import type { Disk, NativePath } from './disk.ts';
import { isLossy, listNames, type Name, nameBytes } from './listing.ts';
import { joinNative, nativeOf } from './native-path.ts';
import type { Owners } from './owners.ts';
import { isGone, isSystemError, nameLost, pathTooLong, refused, unknownType, wentAway } from './problems.ts';
import { statOf, typeOf } from './stat.ts';

/** Something that was found, on its way to becoming an entry. */
interface Found {
  path: Uint8Array;
  native: NativePath;
  stats: BigIntStats;
  /** The device of the source it belongs to. */
  device: bigint;
  /** Not a source itself: who names one means it. */
  isBelow: boolean;
}

/** A directory that is being walked. */
export interface Level extends Found {
  names: Name[];
  /** Position in `names` of the next one to visit. */
  next: number;
}

const MAX_PATH_BYTES = 65_535;

/** Turns what lies at a path into an entry, or into a problem. A visit returns the level to walk next, if there is one. */
export class Visitor {
  readonly #options: ScanOptions;
  readonly #disk: Disk;
  readonly #owners: Owners;
  readonly #batch: BatchBuilder;
  readonly #rules: DefaultRules;

  constructor(options: ScanOptions, disk: Disk, owners: Owners, batch: BatchBuilder) {
    this.#options = options;
    this.#disk = disk;
    this.#owners = owners;
    this.#batch = batch;
    this.#rules = defaultRules(options.defaultExcludes ?? 'none', platform());
  }

  /** Visits the root of a source. A link is followed: who names one as a source means what it points to. */
  visitSource(source: ScanSource): Level | undefined {
    const path = Buffer.from(source.name);
    const native = nativeOf(source.path);
    try {
      const stats = this.#disk.stat(native);
      return this.#visit({ path, native, stats, device: stats.dev, isBelow: false });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const kind = isGone(error) ? 'source-missing' : 'unreadable-entry';
      this.#batch.report(refused(kind, path, native, error));
      return undefined;
    }
  }

  /** Visits the next name of a level that has one. */
  visitNext(level: Level): Level | undefined {
    const name = level.names[level.next++] as Name;
    if (this.#rules.excludes(level.native, name)) {
      this.#batch.byDefault++;
      return undefined;
    }
    const native = joinNative(level.native, name);
    const path = joinPath(level.path, nameBytes(name));
    try {
      const stats = this.#disk.lstat(native);
      return this.#visit({ path, native, stats, device: level.device, isBelow: true });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isGone(error)) this.#batch.report(refused('unreadable-entry', path, native, error));
      else if (isLossy(name)) this.#batch.report(nameLost(path, native));
      else this.#checkStillThere(level);
      return undefined;
    }
  }

  #visit(found: Found): Level | undefined {
    if (found.path.length > MAX_PATH_BYTES) this.#batch.report(pathTooLong(found.path, found.native));
    else if (found.stats.isDirectory()) return this.#enter(found);
    else this.#add(found);
    return undefined;
  }

  #enter(found: Found): Level | undefined {
    if (this.#isOwn(found.stats)) {
      this.#batch.own++;
      return undefined;
    }
    if (this.#options.oneFileSystem && found.stats.dev !== found.device) {
      this.#batch.excluded++;
      this.#add(found);
      return undefined;
    }
    if (found.isBelow && this.#rules.isBarrier(found.native)) {
      this.#batch.byDefault++;
      this.#add(found);
      return undefined;
    }
    const names = this.#tryToList(found);
    this.#add(found);
    return names.length === 0 ? undefined : { ...found, names, next: 0 };
  }

  #isOwn(stats: BigIntStats): boolean {
    return this.#options.excludedIdentities.some(
      ({ device, inode }) => inode === stats.ino && device === stats.dev,
    );
  }

  /** The names to visit: none, and a problem, where the directory cannot be listed. */
  #tryToList(found: Found): Name[] {
    try {
      return this.#list(found);
    } catch (error) {
      if (!isSystemError(error) || isGone(error)) throw error;
      this.#batch.report(refused('unreadable-directory', found.path, found.native, error));
      return [];
    }
  }

  #list({ native }: Found): Name[] {
    const names = listNames(native, this.#disk);
    if (!this.#options.excludeCaches || !names.includes(CACHE_TAG)) return names;
    if (!isCacheTag(joinNative(native, CACHE_TAG), this.#disk)) return names;
    this.#batch.excluded += names.length - 1;
    return [CACHE_TAG];
  }

  #add({ path, native, stats }: Found): void {
    const type = typeOf(stats);
    if (!type) {
      this.#batch.report(unknownType(path, native));
      return;
    }
    const target = type === 'symlink' ? this.#disk.readTarget(native) : undefined;
    this.#batch.add(path, statOf(type, stats, this.#owners, target));
  }

  /** A name that is gone is nothing special; but if its directory is gone, too, the rest may only have been unmounted. */
  #checkStillThere(level: Level): void {
    try {
      const { dev, ino } = this.#disk.stat(level.native);
      if (dev === level.stats.dev && ino === level.stats.ino) return;
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
    level.next = level.names.length;
    this.#batch.report(wentAway(level.path, level.native));
  }
}
