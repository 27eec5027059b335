import { LineList, type LinesHere } from './line-list.ts';
import type { CompiledRules, Decision, OrdinaryRules, RuleLine, Scope } from './rules.ts';

const KEPT: Decision = { fate: 'tracked' };

/** Rules of the ordinary form: what no line leaves out is in, and has a history. */
export function compileOrdinary({ lines, ignoreFiles, ifPresent, largerThan }: OrdinaryRules): CompiledRules {
  const list = new LineList(lines);
  return {
    source: (components) => new OrdinaryScope(list.isEmpty ? [] : [list.atRoot(components)]),
    sourceFate: 'tracked',
    ignoreFiles,
    ifPresent,
    largerThan: largerThan ?? Number.POSITIVE_INFINITY,
  };
}

class OrdinaryScope implements Scope {
  /** In the order in which they are asked: the job's own lines, then ignore files from the inside out. */
  readonly #lists: LinesHere[];
  readonly #files: number;

  /** @param files how many of the lists, at the end, are ignore files */
  constructor(lists: LinesHere[], files = 0) {
    this.#lists = lists;
    this.#files = files;
  }

  decide(name: string, isDirectory: boolean | undefined): Decision | undefined {
    for (const list of this.#lists) {
      const matching = list.matching(name, isDirectory);
      if (matching) return matching === 'depends' ? undefined : matching;
    }
    return KEPT;
  }

  enter(name: string): Scope {
    if (this.#lists.length === 0) return this;
    return new OrdinaryScope(
      this.#lists.map((list) => list.enter(name)),
      this.#files,
    );
  }

  withLines(lines: RuleLine[]): Scope {
    const list = new LineList(lines);
    if (list.isEmpty) return this;
    const own = this.#lists.length - this.#files;
    return new OrdinaryScope(
      [...this.#lists.slice(0, own), list.atRoot(), ...this.#lists.slice(own)],
      this.#files + 1,
    );
  }
}
