import type { Decision } from '../rules/rules.ts';
import type { BatchBuilder } from './batch.ts';
import type { DefaultRules } from './default-excludes.ts';
import type { Disk, NativePath } from './disk.ts';
import type { Level } from './level.ts';
import type { Name } from './listing.ts';
import { joinNative } from './native-path.ts';
import type { Selection } from './selection.ts';
import { isDirectory, type SystemStat } from './system-stat.ts';

/** A name in a directory that no rule leaves out by itself. */
export interface Candidate {
  name: Name;
  /** What the rules say where that does not depend on what it is. */
  early: Decision | undefined;
  /** Absent: nobody has looked at it yet, or it could not be seen. */
  seen: SystemStat | undefined;
}

/**
 * Names looked at together. The last one may wait for all that lies below those before it; what is read then is looked at again.
 * More at once were no faster.
 */
const AT_ONCE = 64;

/** Directories in one that are listed before the walk comes to them; when fewer than two are left, which is soon enough, the next ones. */
const LISTED_AHEAD = 6;

/** Takes the names of a directory through the rules, and looks at those that pass. */
export class Candidates {
  readonly #rules: DefaultRules;
  readonly #selection: Selection | undefined;
  readonly #disk: Disk;
  readonly #batch: BatchBuilder;

  constructor(rules: DefaultRules, selection: Selection | undefined, disk: Disk, batch: BatchBuilder) {
    this.#rules = rules;
    this.#selection = selection;
    this.#disk = disk;
    this.#batch = batch;
  }

  /** The next of a level that is not done; undefined where its next names are left out. Counts those, which nobody looks at. */
  next(level: Level): Candidate | undefined {
    const isEmpty = level.candidates.length === 0;
    if (isEmpty) level.candidates = this.#take(level);
    const candidate = level.candidates.pop();
    if (isEmpty || (candidate?.seen && isDirectory(candidate.seen))) this.#listAhead(level);
    return candidate;
  }

  /** The last one first. */
  #take(level: Level): Candidate[] {
    const found: Candidate[] = [];
    while (found.length < AT_ONCE && level.next < level.names.length) {
      const candidate = this.#candidate(level, level.next++);
      if (candidate) found.push(candidate);
    }
    this.#lookAt(level, found);
    return found.reverse();
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
    const unseen = candidates.filter(({ seen }) => !seen);
    const all = this.#disk.lstatAll?.(
      native,
      unseen.map(({ name }) => name),
    );
    for (const [at, seen] of all?.entries() ?? []) (unseen[at] as Candidate).seen = seen;
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
      if (this.#isSureToBeEntered(level, candidate)) next.push(joinNative(level.native, candidate.name));
    }
    return next;
  }

  /** On the same file system: another one may be out of bounds, or its server away. */
  #isSureToBeEntered({ seen: above, scope }: Level, { name, seen }: Candidate): boolean {
    if (!seen || !isDirectory(seen) || seen.device !== above.device) return false;
    return !scope || this.#selection?.decide(scope, name, true)?.fate !== 'out';
  }
}
