import type { Decision } from '../rules/rules.ts';
import type { BatchBuilder } from './batch.ts';
import type { DefaultRules } from './default-excludes.ts';
import type { Disk } from './disk.ts';
import type { Level } from './level.ts';
import type { Name } from './listing.ts';
import type { Selection } from './selection.ts';
import type { SystemStat } from './system-stat.ts';

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

  /** The next of a level that has names left, the last one first; counts those that are left out, which nobody looks at. */
  take(level: Level): Candidate[] {
    const found: Candidate[] = [];
    while (found.length < AT_ONCE && level.next < level.names.length) {
      const candidate = this.#candidate(level, level.names[level.next++] as Name);
      if (candidate) found.push(candidate);
    }
    this.#lookAt(level, found);
    return found.reverse();
  }

  #candidate({ native, isVolumeRoot, scope }: Level, name: Name): Candidate | undefined {
    if (this.#rules.excludes(native, name, isVolumeRoot)) {
      this.#batch.byDefault++;
      return undefined;
    }
    const early = scope && this.#selection?.decide(scope, name, undefined);
    if (early?.fate === 'out') {
      this.#batch.excluded++;
      return undefined;
    }
    return { name, early, seen: undefined };
  }

  #lookAt({ native }: Level, candidates: Candidate[]): void {
    const names = candidates.map(({ name }) => name);
    const all = this.#disk.lstatAll?.(native, names) ?? [];
    for (const [at, seen] of all.entries()) (candidates[at] as Candidate).seen = seen;
  }
}
