import { platform } from 'node:os';
import type { Decision, Rules, Scope } from '../rules/rules.ts';
import type { ScanOptions, ScanSource } from './batch.ts';
import { CACHE_TAG, isCacheTag } from './cache-tag.ts';
import { type DefaultRules, defaultRules } from './default-excludes.ts';
import { type Disk, type NativePath, systemDisk } from './disk.ts';
import { isRootOfVolume } from './level.ts';
import { listNames, type Name } from './listing.ts';
import { displayNative, joinNative, nativeOf } from './native-path.ts';
import { isSystemError } from './problems.ts';
import { nameText, Selection } from './selection.ts';
import { typeOf } from './stat.ts';
import { isDirectory, isSame, type SystemStat } from './system-stat.ts';

/** Why something is in a job, or is not. */
export interface Explanation {
  included: boolean;
  /** Its history is kept. */
  tracked: boolean;
  /** Absent where no rule said anything. */
  decidedBy?: { rule: string; origin: string };
  /** A sentence. */
  why: string;
}

/** What decides, of the options of a scan. */
export type ExplainOptions = Pick<
  ScanOptions,
  'oneFileSystem' | 'excludeCaches' | 'defaultExcludes' | 'excludedIdentities' | 'rules'
>;

const NO_RULES: Rules = { form: 'ordinary', lines: [], ignoreFiles: false, ifPresent: [] };

/**
 * Says what a scan would do with a path in a source, and which rule decides. What is not there is taken for a file.
 * @param components of the path, from the source on @param isDirectory it was named as one
 */
export function explain(
  source: ScanSource,
  components: string[],
  isDirectory: boolean,
  options: ExplainOptions,
  disk: Disk = systemDisk,
): Explanation {
  return new Walker(options, disk).walk(source, components, isDirectory);
}

/**
 * Tells whether a scan of a source comes to a path in it, and goes in where it is a directory: through no link, and through no
 * directory that it cannot list.
 * @returns a function of the components of the path, from the source on
 */
export function reachOf(
  source: ScanSource,
  options: ExplainOptions,
  disk: Disk = systemDisk,
): (components: Name[]) => boolean {
  const walker = new Walker(options, disk);
  return (components) => walker.reaches(source, components);
}

/** A directory, or what else lies on the way to the path that is asked about. */
interface Position {
  native: NativePath;
  decision: Decision;
  scope: Scope;
  /** Absent for what is not there, or cannot be looked at. */
  seen: SystemStat | undefined;
  isSource: boolean;
}

/** Goes down one path, and asks what a scan would ask. */
class Walker {
  readonly #options: ExplainOptions;
  readonly #disk: Disk;
  readonly #selection: Selection;
  readonly #defaults: DefaultRules;
  /** In directories that were asked about: many paths may lie in one. */
  readonly #names = new Map<string, Name[]>();
  /** Those of them that cannot be listed. */
  readonly #blind = new Set<string>();
  /** Of the source. */
  #device: bigint | undefined;

  constructor(options: ExplainOptions, disk: Disk) {
    this.#options = options;
    this.#disk = disk;
    this.#selection = new Selection(options.rules ?? NO_RULES, disk);
    this.#defaults = defaultRules(options.defaultExcludes ?? 'none', platform());
  }

  walk(source: ScanSource, components: string[], isDirectory: boolean): Explanation {
    let at = this.#begin(source);
    if (components.length === 0) return kept(at.decision, 'It is a source: that is always in');
    for (const [i, name] of components.entries()) {
      const isLast = i + 1 === components.length;
      const next = this.#below(at, name, !isLast || isDirectory);
      if ('why' in next) return isLast ? next : { ...next, why: `${next.why}; so all below it is out, too` };
      at = next;
    }
    return kept(at.decision, sentenceOf(at.decision));
  }

  reaches(source: ScanSource, components: Name[]): boolean {
    let at = this.#begin(source);
    for (const name of components) {
      const next = this.#below(at, name, true);
      if ('why' in next) return false;
      // What is not there is no source beside, whatever is on the way.
      if (next.seen && (typeOf(next.seen) === 'symlink' || this.#blind.has(String(at.native)))) return false;
      at = next;
    }
    return this.#closed(at) === undefined;
  }

  #begin(source: ScanSource): Position {
    const native = nativeOf(source.path);
    const seen = orUndefined(() => this.#disk.stat(native));
    this.#device = seen?.device;
    return { native, ...this.#selection.source(source), seen, isSource: true };
  }

  /** One level down, or why there is nothing. @param isNamedSo as a directory, which counts if there is nothing */
  #below(above: Position, name: Name, isNamedSo: boolean): Position | Explanation {
    const closed = this.#closed(above);
    if (closed !== undefined) return leftOut(closed);
    const native = joinNative(above.native, name);
    const names = this.#namesIn(above.native);
    const tag = this.#tagOver(above.native, names, name);
    if (tag !== undefined) return leftOut(tag);
    if (this.#defaults.excludes(above.native, name, above.seen && isRootOfVolume({ seen: above.seen })))
      return leftOut(`Every push leaves out ${displayNative(native)} (--no-default-excludes keeps it)`);
    const seen = orUndefined(() => this.#disk.lstat(native));
    const scope = this.#selection.inside(above.scope, above.native, names);
    const isNamedDirectory = seen ? isDirectory(seen) : isNamedSo;
    const decision = this.#selection.decide(scope, name, isNamedDirectory) as Decision;
    if (decision.fate === 'out') return leftOut(refusal(decision, native), decision);
    if (seen && this.#selection.isTooLarge(seen))
      return leftOut(
        `${displayNative(native)} has ${seen.size} bytes, which is too large (--exclude-larger-than)`,
      );
    return { native, decision, scope: scope.enter(nameText(name)), seen, isSource: false };
  }

  /** Why a scan does not go into a directory. */
  #closed({ native, seen, isSource }: Position): string | undefined {
    const shown = displayNative(native);
    const isOwn = this.#options.excludedIdentities.some((own) => seen && isSame(own, seen));
    if (isOwn) return `${shown} is a directory of bmcloud's own`;
    if (isSource) return undefined;
    if (this.#defaults.isBarrier(native)) return `${shown} is made up by the system (--no-default-excludes)`;
    if (this.#options.oneFileSystem && seen && seen.device !== this.#device)
      return `${shown} is another file system (--one-file-system)`;
    return undefined;
  }

  #tagOver(directory: NativePath, names: Name[], name: Name): string | undefined {
    const shown = displayNative(directory);
    if (this.#options.excludeCaches && name !== CACHE_TAG && names.includes(CACHE_TAG))
      if (isCacheTag(joinNative(directory, CACHE_TAG), this.#disk))
        return `${shown} is a cache: it holds a CACHEDIR.TAG (--exclude-caches)`;
    const tags = this.#selection.tagsAmong(names);
    if (!tags || tags.includes(name)) return undefined;
    return `${shown} holds ${String(tags[0])} (--exclude-if-present)`;
  }

  #namesIn(directory: NativePath): Name[] {
    const known = this.#names.get(String(directory));
    if (known) return known;
    const listed = orUndefined(() => listNames(directory, this.#disk));
    if (!listed) this.#blind.add(String(directory));
    const names = listed ?? [];
    this.#names.set(String(directory), names);
    return names;
  }
}

/** What is not there, or cannot be looked at, has nothing to say. */
function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

function kept({ fate, by }: Decision, why: string): Explanation {
  return { included: true, tracked: fate === 'tracked', ...(by && { decidedBy: by }), why };
}

function leftOut(why: string, { by }: Partial<Decision> = {}): Explanation {
  return { included: false, tracked: false, ...(by && { decidedBy: by }), why };
}

function refusal({ by }: Decision, native: NativePath): string {
  const shown = displayNative(native);
  return by ? `"${by.rule}" (${by.origin}) leaves out ${shown}` : `Nothing names ${shown}`;
}

function sentenceOf({ fate, by, isOnTheWay }: Decision): string {
  if (isOnTheWay) return 'Nothing names it, but something in it may be: it is in if that is there';
  const history = fate === 'mirrored' ? ', without its history' : '';
  return by ? `"${by.rule}" (${by.origin}) keeps it${history}` : 'No rule leaves it out';
}
