/** Something that is not as it should be. */
export interface Problem {
  /** The key of an object in the store. */
  where: string;
  what: string;
  /** Files and snapshots that cannot be restored whole because of it. */
  affects: string[];
}

/** Names of affected files kept for one problem. */
const MOST_AFFECTED = 1000;

/** Collects problems; one object with the same damage is one problem. */
export class Problems {
  readonly #found = new Map<string, Problem & { affected: Set<string> }>();

  add(where: string, what: string, affects?: string): void {
    const key = `${where}\n${what}`;
    const problem = this.#found.get(key) ?? { where, what, affects: [], affected: new Set<string>() };
    if (affects !== undefined && problem.affected.size < MOST_AFFECTED) problem.affected.add(affects);
    this.#found.set(key, problem);
  }

  list(): Problem[] {
    return [...this.#found.values()].map(({ where, what, affected }) => ({
      where,
      what,
      affects: [...affected],
    }));
  }
}
