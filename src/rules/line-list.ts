import { NameIndex } from './name-index.ts';
import { parsePattern } from './pattern.ts';
import { completes, isLast, type Place, placesAtRoot, placesBelow } from './places.ts';
import type { Decision, RuleLine } from './rules.ts';
import type { NameTest, Step } from './steps.ts';

/** A line and its place in the list: later ones win. */
interface Line {
  index: number;
  directoriesOnly: boolean;
  isRooted: boolean;
  decision: Decision;
}

const NONE: Place<PathLine>[] = [];

interface NameLine extends Line {
  name: NameTest;
}

interface PathLine extends Line {
  steps: Step[];
}

/** Lines of one origin, made ready to be asked: once, however many directories there are. */
export class LineList {
  readonly #names = new NameIndex<NameLine>();
  /** Of those without regard to case; asked with names in lower case. */
  readonly #folded = new NameIndex<NameLine>();
  readonly #paths: PathLine[] = [];

  constructor(lines: RuleLine[]) {
    lines.forEach((line, index) => {
      this.#add(line, index);
    });
  }

  get isEmpty(): boolean {
    return this.#names.isEmpty && this.#folded.isEmpty && this.#paths.length === 0;
  }

  /**
   * The lines as they are in the directory where they start.
   * @param components of the absolute path of that directory: lines that begin with it mean just that
   */
  atRoot(components: string[] = []): LinesHere {
    if (components.length === 0) return new LinesHere(this, placesAtRoot(this.#paths));
    const absolute = this.#paths.flatMap((line) => placesOfAbsolute(line, components));
    const others = this.#paths.filter((line) => !absolute.some(({ of }) => of === line));
    return new LinesHere(this, [...placesAtRoot(others), ...absolute]);
  }

  /** The lines that match a name wherever it lies, in no order. */
  ofName(name: string): Line[] {
    const names = this.#names.matching(name);
    if (this.#folded.isEmpty) return names;
    const folded = this.#folded.matching(name.toLowerCase());
    return folded.length === 0 ? names : [...names, ...folded];
  }

  #add({ text, origin, ignoreCase = false }: RuleLine, index: number): void {
    const pattern = parsePattern(text, ignoreCase);
    if (!pattern) return;
    const { directoriesOnly, isNegated, isRooted, match } = pattern;
    const decision: Decision = { fate: isNegated ? 'tracked' : 'out', by: { rule: text, origin } };
    const line = { index, directoriesOnly, isRooted, decision };
    if ('steps' in match) this.#paths.push({ ...line, steps: match.steps });
    else (ignoreCase ? this.#folded : this.#names).add({ ...line, name: match.name });
  }
}

/** `/home/ann/tmp` in the source `/home/ann` means its `tmp`. The first name is written out, or it may well mean something else. */
function placesOfAbsolute(line: PathLine, components: string[]): Place<PathLine>[] {
  const [first] = line.steps;
  if (!line.isRooted || first === 'any-depth' || !first?.isPlain || !first.test(components[0] as string))
    return [];
  return components.reduce(placesBelow<PathLine>, placesAtRoot([line]));
}

/** The lines as they are in one directory. */
export class LinesHere {
  readonly #list: LineList;
  readonly #places: Place<PathLine>[];
  /** Those that a name in this directory may complete. */
  readonly #last: Place<PathLine>[];

  constructor(list: LineList, places: Place<PathLine>[]) {
    this.#list = list;
    this.#places = places;
    this.#last = places.filter(isLast);
  }

  /** The last line that matches a name; `depends` if it is another one for directories than for the rest. */
  matching(name: string, isDirectory: boolean | undefined): Decision | 'depends' | undefined {
    const matching = this.#matching(name);
    const last = matching[0];
    if (!last || isDirectory || !last.directoriesOnly) return last?.decision;
    const other = matching.find((line) => !line.directoriesOnly);
    if (isDirectory === false || last.decision.fate === other?.decision.fate) return other?.decision;
    return 'depends';
  }

  enter(name: string): LinesHere {
    if (this.#places.length === 0) return this;
    return new LinesHere(this.#list, placesBelow(this.#places, name));
  }

  /** The last one first. */
  #matching(name: string): Line[] {
    const names = this.#list.ofName(name);
    const paths = this.#last.length === 0 ? NONE : this.#last.filter((place) => completes(place, name));
    if (paths.length === 0 && names.length < 2) return names;
    return [...names, ...paths.map(({ of }) => of)].sort((a, b) => b.index - a.index);
  }
}
