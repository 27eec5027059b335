import { completes, type Place, placesAtRoot, placesBelow } from './places.ts';
import type { CompiledRules, Decision, Fate, RuleName, Scope, ShortList, ShortRules } from './rules.ts';
import { parseSteps, type Step } from './steps.ts';

/** A pattern of the short form. */
interface Named {
  steps: Step[];
  by: RuleName;
}

type Lists<T> = Record<ShortList, T[]>;

/** Files at any level. */
const ANYWHERE = ':rec';

/** Rules of the short form: what nothing names is out. */
export function compileShort({ lists, windows }: ShortRules): CompiledRules {
  const named = eachList((list) => (lists[list] ?? []).flatMap((text) => patternsOf(text, list, windows)));
  const tracks = named.track_dirs.length + named.track_files.length > 0;
  return {
    source: () =>
      new ShortScope(
        eachList((list) => placesAtRoot(named[list])),
        throughRoot(named),
      ),
    sourceFate: tracks ? 'tracked' : 'mirrored',
    ignoreFiles: false,
    ifPresent: [],
    largerThan: Number.POSITIVE_INFINITY,
  };
}

function patternsOf(text: string, list: ShortList, windows: boolean): Named[] {
  const isFile = list.endsWith('_files');
  const isAnywhere = isFile && text.endsWith(ANYWHERE);
  const path = isAnywhere ? text.slice(0, -ANYWHERE.length) : text;
  const components = (windows ? path.replaceAll('\\', '/') : path)
    .split('/')
    .filter((component) => component !== '' && component !== '.');
  if (isAnywhere) components.splice(-1, 0, '**');
  // A directory stands for all that is below it, so any depth at its end adds nothing.
  while (!isFile && components.at(-1) === '**') components.pop();
  const steps =
    components.length === 0
      ? []
      : parseSteps(components.join('/'), { ignoreCase: windows, hasEscapes: false });
  return steps ? [{ steps, by: { rule: text, origin: list } }] : [];
}

function eachList<T>(make: (list: ShortList) => T[]): Lists<T> {
  return {
    include_dirs: make('include_dirs'),
    track_dirs: make('track_dirs'),
    exclude_dirs: make('exclude_dirs'),
    include_files: make('include_files'),
    track_files: make('track_files'),
    exclude_files: make('exclude_files'),
  };
}

/** What the directories that are named make of all that is below them. */
interface Through {
  include?: RuleName | undefined;
  track?: RuleName | undefined;
  /** Wins over both: a path that begins with it is not found through directories. */
  exclude?: RuleName | undefined;
}

function throughRoot({ include_dirs, track_dirs, exclude_dirs }: Lists<Named>): Through {
  const root = (named: Named[]) => named.find(({ steps }) => steps.length === 0)?.by;
  return { include: root(include_dirs), track: root(track_dirs), exclude: root(exclude_dirs) };
}

const NOT_NAMED: Decision = { fate: 'out' };

class ShortScope implements Scope {
  readonly #places: Lists<Place<Named>>;
  readonly #through: Through;

  constructor(places: Lists<Place<Named>>, through: Through) {
    this.#places = places;
    this.#through = through;
  }

  decide(name: string, isDirectory: boolean | undefined): Decision | undefined {
    if (isDirectory === undefined) return undefined;
    return isDirectory ? this.#decideDirectory(name) : this.#decideFile(name);
  }

  enter(name: string): ShortScope {
    return new ShortScope(
      eachList((list) => placesBelow(this.#places[list], name)),
      this.#throughIn(name),
    );
  }

  /** Ignore files are for the ordinary form. */
  withLines(): Scope {
    return this;
  }

  #decideFile(name: string): Decision {
    const { include, track, exclude } = this.#through;
    const excluded = exclude ?? this.#completed('exclude_files', name);
    const tracked = this.#completed('track_files', name) ?? (excluded ? undefined : track);
    if (tracked) return decided('tracked', tracked);
    const mirrored = this.#completed('include_files', name) ?? (excluded ? undefined : include);
    if (mirrored) return decided('mirrored', mirrored);
    return excluded && (include ?? track) ? decided('out', excluded) : NOT_NAMED;
  }

  #decideDirectory(name: string): Decision {
    const { include, track, exclude } = this.#throughIn(name);
    if (!exclude && track) return decided('tracked', track);
    if (!exclude && include) return decided('mirrored', include);
    if (this.#leadsTo('track', name, !exclude)) return { fate: 'tracked', isOnTheWay: true };
    if (this.#leadsTo('include', name, !exclude)) return { fate: 'mirrored', isOnTheWay: true };
    return exclude && (include ?? track) ? decided('out', exclude) : NOT_NAMED;
  }

  #throughIn(name: string): Through {
    const { include, track, exclude } = this.#through;
    return {
      include: include ?? this.#completed('include_dirs', name),
      track: track ?? this.#completed('track_dirs', name),
      exclude: exclude ?? this.#completed('exclude_dirs', name),
    };
  }

  #completed(list: ShortList, name: string): RuleName | undefined {
    return this.#places[list].find((place) => completes(place, name))?.of.by;
  }

  /** Files that a pattern names are found in a branch that was cut, too. */
  #leadsTo(how: 'include' | 'track', name: string, throughDirectories: boolean): boolean {
    const leads = (place: Place<Named>) => placesBelow([place], name).length > 0;
    const { [`${how}_files` as const]: files, [`${how}_dirs` as const]: directories } = this.#places;
    return files.some(leads) || (throughDirectories && directories.some(leads));
  }
}

function decided(fate: Fate, by: RuleName): Decision {
  return { fate, by };
}
