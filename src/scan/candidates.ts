import type { Decision } from '../rules/rules.ts';
import type { BatchBuilder, ScanOptions } from './batch.ts';
import type { DefaultRules } from './default-excludes.ts';
import type { Disk, NativePath } from './disk.ts';
import type { Level } from './level.ts';
import type { Name } from './listing.ts';
import { joinNative } from './native-path.ts';
import type { Selection } from './selection.ts';
import { isDirectory, isSame, type SystemStat } from './system-stat.ts';

/** A name in a directory that no rule leaves out by itself. */
export interface Candidate {
  name: Name;
  /** What the rules say where that does not depend on what it is. */
  early: Decision | undefined;
  /** What it was when it was looked at. Absent: nobody has, or it could not be seen. */
  seen: SystemStat | undefined;
}

/** Names looked at together. More at once were no faster. */
const AT_ONCE = 64;

/** Directories in one that are listed before the walk comes to them; when fewer than two are left, which is soon enough, the next ones. */
const LISTED_AHEAD = 6;

/**
 * Takes the names of a directory through the rules, and looks at those that pass, several together. What was seen so is good only as
 * long as the walk stays with them: when it comes back from a directory among them, or from a pause, it looks again, for what was
 * there may have been changed or unmounted.
 */
export class Candidates {
  readonly #options: Pick<ScanOptions, 'excludedIdentities'>;
  readonly #rules: DefaultRules;
  readonly #selection: Selection | undefined;
  readonly #disk: Disk;
  readonly #batch: BatchBuilder;
  /** Where the walk is. */
  #at: Level | undefined;

  constructor(
    options: Pick<ScanOptions, 'excludedIdentities'>,
    rules: DefaultRules,
    selection: Selection | undefined,
    disk: Disk,
    batch: BatchBuilder,
  ) {
    this.#options = options;
    this.#rules = rules;
    this.#selection = selection;
    this.#disk = disk;
    this.#batch = batch;
  }

  /** The walk goes into a directory that was listed just now. */
  enter(level: Level): void {
    this.#at = level;
  }

  /** Time has passed: what was seen may be so no longer. */
  lookAgain(): void {
    this.#at = undefined;
  }

  /** The next of a level that is not done; undefined where its next names are left out. Counts those, which nobody looks at. */
  next(level: Level): Candidate | undefined {
    if (level !== this.#at) forgetWhatWasSeen(level);
    this.#at = level;
    const isEmpty = level.candidates.length === 0;
    if (isEmpty) this.#take(level);
    else if (level.fresh === 0) this.#lookAgainAt(level);
    const candidate = level.candidates.pop();
    level.fresh--;
    if (isEmpty || (candidate?.seen && isDirectory(candidate.seen))) this.#listAhead(level);
    return candidate;
  }

  #take(level: Level): void {
    const found: Candidate[] = [];
    while (found.length < AT_ONCE && level.next < level.names.length) {
      const candidate = this.#candidate(level, level.next++);
      if (candidate) found.push(candidate);
    }
    this.#lookAt(
      level,
      found.filter(({ seen }) => !seen),
    );
    level.candidates = found.reverse();
    level.fresh = found.length;
  }

  /** At those up to the next that was a directory, or could not be seen: from there, the walk comes back to look once more. */
  #lookAgainAt(level: Level): void {
    const { candidates } = level;
    const directory = candidates.findLastIndex(({ seen }) => !seen || isDirectory(seen));
    const next = candidates.slice(Math.max(directory, 0));
    for (const candidate of next) candidate.seen = undefined;
    this.#lookAt(level, next);
    level.fresh = next.length;
  }

  #candidate({ native, isVolumeRoot, scope, names, seenInside }: Level, at: number): Candidate | undefined {
    const name = names[at] as Name;
    if (this.#rules.excludes(native, name, isVolumeRoot)) {
      this.#batch.byDefault++;
      return undefined;
    }
    const early = scope && this.#selection?.decide(scope, name, undefined);
    if (early?.fate === 'out') {
      this.#batch.excluded++;
      return undefined;
    }
    return { name, early, seen: seenInside?.[at] };
  }

  #lookAt({ native }: Level, candidates: Candidate[]): void {
    const names = candidates.map(({ name }) => name);
    const all = this.#disk.lstatAll?.(native, names) ?? [];
    for (const [at, seen] of all.entries()) (candidates[at] as Candidate).seen = seen;
  }

  #listAhead(level: Level): void {
    const { ahead } = this.#disk;
    if (!ahead) return;
    const next = this.#nextDirectories(level);
    if (next.slice(0, 2).every((directory) => ahead.has(directory))) return;
    for (const directory of next) ahead.begin(directory);
  }

  #nextDirectories(level: Level): NativePath[] {
    const next: NativePath[] = [];
    for (let at = level.candidates.length - 1; at >= 0 && next.length < LISTED_AHEAD; at--) {
      const candidate = level.candidates[at] as Candidate;
      const native = joinNative(level.native, candidate.name);
      if (this.#isSureToBeEntered(level, candidate, native)) next.push(native);
    }
    return next;
  }

  /** On the same file system: another one may be out of bounds, or its server away. */
  #isSureToBeEntered({ seen: above, scope }: Level, { name, seen }: Candidate, native: NativePath): boolean {
    if (!seen || !isDirectory(seen) || seen.device !== above.device) return false;
    if (this.#rules.isBarrier(native) || isOwn(this.#options, seen)) return false;
    return !scope || this.#selection?.decide(scope, name, true)?.fate !== 'out';
  }
}

function forgetWhatWasSeen(level: Level): void {
  level.fresh = 0;
  delete level.seenInside;
}

/** One of the program's own directories. */
export function isOwn(
  { excludedIdentities }: Pick<ScanOptions, 'excludedIdentities'>,
  seen: SystemStat,
): boolean {
  return excludedIdentities.some((own) => isSame(own, seen));
}
