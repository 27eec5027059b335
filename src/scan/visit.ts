import { platform } from 'node:os';
import { attributeBits } from '../native/classify.ts';
import { IGNORE_FILE, type Scope } from '../rules/rules.ts';
import type { BatchBuilder, ScanOptions, ScanProblem, ScanSource } from './batch.ts';
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
import { Lister } from './lister.ts';
import { isLossy, type Name, pathIn } from './listing.ts';
import { joinNative, nativeOf } from './native-path.ts';
import type { Owners } from './owners.ts';
import {
  isGone,
  isSystemError,
  mountedThere,
  nameLost,
  notFound,
  pathTooLong,
  refused,
  unknownType,
  wentAway,
} from './problems.ts';
import { Selection } from './selection.ts';
import { statOf, typeOf } from './stat.ts';
import { StillListed } from './still-listed.ts';
import { isDirectory, isSame } from './system-stat.ts';
import { kindOf, lookWindows, staysInCloud, type WindowsFacts, type WindowsListing } from './windows.ts';

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
  readonly #lister: Lister;
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
    this.#lister = new Lister(options, disk, batch, this.#selection, windows);
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

  /** @param isAgain it was not found a moment ago, and is still listed */
  #visitCandidate(level: Level, candidate: Candidate, isAgain = false): Level | undefined {
    const { name, early, seen: known } = candidate;
    const native = joinNative(level.native, name);
    const path = pathIn(level.path, name);
    const facts = this.#factsOf(level, name, native);
    if (facts && staysInCloud(facts, this.#options)) {
      this.#leaveInCloud(level, name, path, facts);
      return undefined;
    }
    try {
      const seen = known ?? this.#disk.lstat(native);
      const choice = level.scope && this.#selection?.choose(level.scope, name, seen, early);
      if (isAnother(name, seen, facts)) this.#report(nameLost(path, native), level);
      else if (choice === 'out') this.#batch.excluded++;
      else return this.#visit({ path, native, seen, device: level.device, above: level, choice, facts });
      return undefined;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isGone(error)) this.#report(refused('unreadable-entry', path, native, error), level);
      else if (isLossy(name) || isIllFormed(name, facts)) this.#report(nameLost(path, native), level);
      else if (this.#isGone(level, name)) return undefined;
      else if (isAgain) this.#report(notFound(path, native), level);
      // Another may have taken its place, as an editor saves.
      else return this.#visitCandidate(level, { ...candidate, seen: undefined }, true);
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

  /** What the rules leave out is not missed there either. */
  #leaveInCloud(level: Level, name: Name, path: Uint8Array, { attributes }: WindowsFacts): void {
    const isDirectory = (attributes & attributeBits.directory) !== 0;
    const decision = level.scope && this.#selection?.decide(level.scope, name, isDirectory);
    if (decision?.fate === 'out') {
      this.#batch.excluded++;
      return;
    }
    this.#addHeld(level);
    this.#batch.leaveInCloud(path);
  }

  #visit(found: Found): Level | undefined {
    if (found.path.length > MAX_PATH_BYTES) this.#report(pathTooLong(found.path, found.native), found.above);
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
      this.#report(mountedThere(found.path, found.native), found.above);
      this.#add(found);
      return undefined;
    }
    // To list it may have taken long, and only what comes back from a level looks again by itself.
    this.#candidates.lookAgain();
    const listed = this.#list(found);
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

  /** The names to visit: none, and a problem, where the directory cannot be listed. */
  #list(found: Found): Listed {
    try {
      return this.#lister.list(found);
    } catch (error) {
      if (!isSystemError(error) || isGone(error)) throw error;
      this.#report(refused('unreadable-directory', found.path, found.native, error), found.above);
      return { names: [] };
    }
  }

  #scopeIn({ native, choice }: Found, { names, inside }: Listed): Scope | undefined {
    const ignoreFile = inside?.get(IGNORE_FILE);
    if (ignoreFile && staysInCloud(ignoreFile, this.#options)) return choice?.scope;
    return choice && this.#selection?.inside(choice.scope, native, names);
  }

  #add(found: Found): void {
    if (found.choice?.decision.isOnTheWay) return;
    this.#addHeld(found.above);
    this.#addEntry(found);
  }

  /** What could not be looked at stays as it was, and so must the directories on the way to it. */
  #report(problem: ScanProblem, above: Level | undefined): void {
    this.#addHeld(above);
    this.#batch.report(problem);
  }

  /** Directories on the way to something that is wanted come before it. */
  #addHeld(innermost: Level | undefined): void {
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
  #isGone(level: Level, name: Name): boolean {
    if (!this.#isStillThere(level)) {
      leave(level);
      this.#report(wentAway(level.path, level.native), level);
      return true;
    }
    level.stillListed ??= new StillListed();
    return !level.stillListed.has(level.native, name, this.#disk);
  }

  #isStillThere(level: Level): boolean {
    try {
      return isSame(this.#disk.stat(level.native), level.seen);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return false;
    }
  }
}
