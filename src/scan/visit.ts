import { platform } from 'node:os';
import { attributeBits } from '../native/classify.ts';
import { IGNORE_FILE, type Scope } from '../rules/rules.ts';
import type { BatchBuilder, ScanOptions, ScanSource } from './batch.ts';
import { CACHE_TAG, isCacheTag } from './cache-tag.ts';
import { type Candidate, Candidates, isOwn } from './candidates.ts';
import { type DefaultRules, defaultRules } from './default-excludes.ts';
import type { Disk, NativePath } from './disk.ts';
import {
  type Found,
  isAnother,
  isIllFormed,
  isOurSnapshot,
  isRootOfVolume,
  type Level,
  type Listed,
  leadsBackUp,
  leave,
} from './level.ts';
import { inOrder, isLossy, listNames, type Name, pathIn } from './listing.ts';
import { joinNative, nativeOf } from './native-path.ts';
import type { Owners } from './owners.ts';
import {
  isGone,
  isSystemError,
  mountedThere,
  nameLost,
  pathTooLong,
  refused,
  unknownType,
  wentAway,
} from './problems.ts';
import { Selection } from './selection.ts';
import { statOf, typeOf } from './stat.ts';
import { isDirectory, isSame, type SystemStat } from './system-stat.ts';
import { kindOf, listWindows, lookWindows, type WindowsFacts, type WindowsListing } from './windows.ts';

const MAX_PATH_BYTES = 65_535;

/** Turns what lies at a path into an entry, or into a problem. A visit returns the level to walk next, if there is one. */
export class Visitor {
  readonly #options: ScanOptions;
  readonly #disk: Disk;
  readonly #owners: Owners;
  readonly #batch: BatchBuilder;
  readonly #rules: DefaultRules;
  readonly #selection: Selection | undefined;
  readonly #windows: WindowsListing | undefined;
  readonly #candidates: Candidates;

  constructor(
    options: ScanOptions,
    disk: Disk,
    owners: Owners,
    batch: BatchBuilder,
    windows?: WindowsListing,
  ) {
    this.#options = options;
    this.#disk = disk;
    this.#owners = owners;
    this.#batch = batch;
    this.#windows = windows;
    this.#selection = options.rules && new Selection(options.rules, disk);
    this.#rules = defaultRules(options.defaultExcludes ?? 'none', platform());
    this.#candidates = new Candidates(options, this.#rules, this.#selection, disk, batch);
  }

  /** Visits the root of a source. A link is followed: who names one as a source means what it points to. */
  visitSource(source: ScanSource): Level | undefined {
    const path = Buffer.from(source.name);
    const native = nativeOf(source.path);
    try {
      const seen = this.#disk.stat(native);
      const facts = this.#factsOfRoot(native);
      const choice = this.#selection?.source(source);
      return this.#visit({ path, native, seen, device: seen.device, choice, facts });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const kind = isGone(error) ? 'source-missing' : 'unreadable-entry';
      this.#batch.report(refused(kind, path, native, error));
      return undefined;
    }
  }

  /** Time has passed: what was seen may be so no longer. */
  lookAgain(): void {
    this.#candidates.lookAgain();
  }

  /** Visits the next name of a level that is not done. */
  visitNext(level: Level): Level | undefined {
    const candidate = this.#candidates.next(level);
    return candidate && this.#visitCandidate(level, candidate);
  }

  #visitCandidate(level: Level, { name, early, seen: known }: Candidate): Level | undefined {
    const native = joinNative(level.native, name);
    const path = pathIn(level.path, name);
    const facts = this.#factsOf(level, name, native);
    if (facts && this.#staysInCloud(facts)) {
      this.#leaveInCloud(level, name, path, facts);
      return undefined;
    }
    try {
      const seen = known ?? this.#disk.lstat(native);
      const choice = level.scope && this.#selection?.choose(level.scope, name, seen, early);
      if (isAnother(name, seen, facts)) this.#batch.report(nameLost(path, native));
      else if (choice === 'out') this.#batch.excluded++;
      else return this.#visit({ path, native, seen, device: level.device, above: level, choice, facts });
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isGone(error)) this.#batch.report(refused('unreadable-entry', path, native, error));
      else if (isLossy(name) || isIllFormed(name, facts)) this.#batch.report(nameLost(path, native));
      else this.#checkStillThere(level);
      return undefined;
    }
  }

  #factsOf(level: Level, name: Name, native: NativePath): WindowsFacts | undefined {
    if (!this.#windows) return undefined;
    return level.inside?.get(name) ?? lookWindows(native, this.#windows);
  }

  /** Of a link, those of what it leads to count, which are not asked for. */
  #factsOfRoot(native: NativePath): WindowsFacts | undefined {
    const facts = this.#windows && lookWindows(native, this.#windows);
    const isLink = facts && ['symlink', 'junction'].includes(kindOf(facts));
    return isLink ? undefined : facts;
  }

  /** To look into it would fetch it. */
  #staysInCloud(facts: WindowsFacts): boolean {
    return this.#options.cloudFiles !== 'read' && kindOf(facts) === 'cloud-placeholder';
  }

  /** What the rules leave out is not missed there either. */
  #leaveInCloud({ scope }: Level, name: Name, path: Uint8Array, { attributes }: WindowsFacts): void {
    const isDirectory = (attributes & attributeBits.directory) !== 0;
    const decision = scope && this.#selection?.decide(scope, name, isDirectory);
    if (decision?.fate === 'out') this.#batch.excluded++;
    else this.#batch.leaveInCloud(path);
  }

  #visit(found: Found): Level | undefined {
    if (found.path.length > MAX_PATH_BYTES) this.#batch.report(pathTooLong(found.path, found.native));
    else if (isDirectory(found.seen)) return this.#enter(found);
    else this.#add(found);
    return undefined;
  }

  #enter(found: Found): Level | undefined {
    if (isOwn(this.#options, found.seen) || isOurSnapshot(found)) {
      this.#batch.own++;
      return undefined;
    }
    const isVolumeRoot = isRootOfVolume(found);
    const isMounted = found.above !== undefined && isVolumeRoot;
    if (this.#options.oneFileSystem && (isMounted || found.seen.device !== found.device)) {
      this.#batch.excluded++;
      this.#add(found);
      return undefined;
    }
    if (found.above && this.#rules.isBarrier(found.native)) {
      this.#batch.byDefault++;
      this.#add(found);
      return undefined;
    }
    if (isMounted && leadsBackUp(found)) {
      this.#batch.report(mountedThere(found.path, found.native));
      this.#add(found);
      return undefined;
    }
    // To list it may have taken long, and only what comes back from a level looks again by itself.
    this.#candidates.lookAgain();
    const listed = this.#tryToList(found);
    this.#add(found);
    if (listed.names.length === 0) return undefined;
    const isHeld = found.choice?.decision.isOnTheWay === true;
    const scope = this.#scopeIn(found, listed);
    const level: Level = {
      ...found,
      ...listed,
      next: 0,
      candidates: [],
      fresh: 0,
      scope,
      isHeld,
      isVolumeRoot,
    };
    this.#candidates.enter(level);
    return level;
  }

  #scopeIn({ native, choice }: Found, { names, inside }: Listed): Scope | undefined {
    const ignoreFile = inside?.get(IGNORE_FILE);
    if (ignoreFile && this.#staysInCloud(ignoreFile)) return choice?.scope;
    return choice && this.#selection?.inside(choice.scope, native, names);
  }

  /** The names to visit: none, and a problem, where the directory cannot be listed. */
  #tryToList(found: Found): Listed {
    try {
      return this.#list(found);
    } catch (error) {
      if (!isSystemError(error) || isGone(error)) throw error;
      this.#batch.report(refused('unreadable-directory', found.path, found.native, error));
      return { names: [] };
    }
  }

  #list({ native, seen }: Found): Listed {
    const listed = this.#namesIn(native, seen);
    const tags = this.#cacheTagIn(native, listed) ?? this.#selection?.tagsAmong(listed.names);
    if (!tags) return listed;
    this.#batch.excluded += listed.names.length - tags.length;
    return { names: tags, ...(listed.inside && { inside: listed.inside }) };
  }

  #cacheTagIn(directory: NativePath, { names, inside }: Listed): Name[] | undefined {
    if (!this.#options.excludeCaches || !names.includes(CACHE_TAG)) return undefined;
    const facts = inside?.get(CACHE_TAG);
    if (facts && this.#staysInCloud(facts)) return undefined;
    return isCacheTag(joinNative(directory, CACHE_TAG), this.#disk) ? [CACHE_TAG] : undefined;
  }

  #namesIn(directory: NativePath, seen: SystemStat): Listed {
    const ahead = this.#disk.ahead?.take(directory, seen);
    if (ahead) return { names: ahead.names, seenInside: ahead.seen };
    const listed = this.#windows && listWindows(directory, this.#windows);
    if (!listed) return { names: listNames(directory, this.#disk) };
    return { names: inOrder(listed.names), inside: listed.facts };
  }

  #add(found: Found): void {
    if (found.choice?.decision.isOnTheWay) return;
    if (found.above?.isHeld) this.#addHeld(found.above);
    this.#addEntry(found);
  }

  /** Directories on the way to something that is wanted come before it. */
  #addHeld(innermost: Level): void {
    const held: Level[] = [];
    for (let level: Level | undefined = innermost; level?.isHeld; level = level.above) held.push(level);
    for (const level of held.reverse()) {
      level.isHeld = false;
      this.#addEntry(level);
    }
  }

  #addEntry({ path, native, seen, facts, choice }: Found): void {
    const type = typeOf(seen);
    if (!type) {
      this.#batch.report(unknownType(path, native));
      return;
    }
    const target = type === 'symlink' ? this.#disk.readTarget(native) : undefined;
    const stat = statOf(type, seen, this.#owners, target, facts);
    this.#batch.add(path, stat, choice?.decision.fate !== 'mirrored');
  }

  /** A name that is gone is nothing special; but if its directory is gone, too, the rest may only have been unmounted. */
  #checkStillThere(level: Level): void {
    try {
      if (isSame(this.#disk.stat(level.native), level.seen)) return;
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
    leave(level);
    this.#batch.report(wentAway(level.path, level.native));
  }
}
