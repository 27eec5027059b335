import { sep } from 'node:path';
import { compile } from '../rules/compile.ts';
import { parseLines } from '../rules/pattern.ts';
import { type CompiledRules, type Decision, IGNORE_FILE, type Rules, type Scope } from '../rules/rules.ts';
import { textOf } from '../rules/text.ts';
import type { ScanSource } from './batch.ts';
import type { Disk, NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import { displayNative, joinNative } from './native-path.ts';
import { isSystemError } from './problems.ts';
import { isDirectory, isFile, type SystemStat } from './system-stat.ts';

/** What the rules say of something in a directory. */
export interface Choice {
  decision: Decision;
  /** Of a directory: what they say inside. */
  scope: Scope;
}

/** A longer one holds no rules that somebody wrote. */
const LONGEST_IGNORE_FILE = 1024 * 1024;

/** The rules of a job, asked while it is walked. */
export class Selection {
  readonly #rules: CompiledRules;
  readonly #disk: Pick<Disk, 'readStart'>;

  constructor(rules: Rules, disk: Pick<Disk, 'readStart'>) {
    this.#rules = compile(rules);
    this.#disk = disk;
  }

  /** Of a source, which is always in. */
  source({ path }: Pick<ScanSource, 'path'>): Choice {
    const components = textOf(path).split(sep).filter(Boolean);
    return { decision: { fate: this.#rules.sourceFate }, scope: this.#rules.source(components) };
  }

  /** What becomes of a name; undefined if that depends on whether it is a directory, and nobody has looked yet. */
  decide(scope: Scope, name: Name, isDirectory: boolean | undefined): Decision | undefined {
    return scope.decide(nameText(name), isDirectory);
  }

  /** @param early what was known before it was looked at */
  choose(scope: Scope, name: Name, seen: SystemStat, early: Decision | undefined): Choice | 'out' {
    const text = nameText(name);
    const decision = early ?? (scope.decide(text, isDirectory(seen)) as Decision);
    if (decision.fate === 'out' || this.isTooLarge(seen)) return 'out';
    return { decision, scope: isDirectory(seen) ? scope.enter(text) : scope };
  }

  isTooLarge(seen: SystemStat): boolean {
    return seen.size > this.#rules.largerThan && isFile(seen);
  }

  /** The names in a directory that say that the others are left out; undefined if there is none. */
  tagsAmong(names: Name[]): Name[] | undefined {
    const { ifPresent } = this.#rules;
    if (ifPresent.length === 0) return undefined;
    const tags = names.filter((name) => typeof name === 'string' && ifPresent.includes(name));
    return tags.length > 0 ? tags : undefined;
  }

  /** What the rules say in a directory, once its own ignore file is read. */
  inside(scope: Scope, directory: NativePath, names: Name[]): Scope {
    if (!this.#rules.ignoreFiles || !names.includes(IGNORE_FILE)) return scope;
    const file = joinNative(directory, IGNORE_FILE);
    const text = this.#textOfFile(file);
    return text === undefined ? scope : scope.withLines(parseLines(text, displayNative(file)));
  }

  /** Nothing where it cannot be read: more is kept then, and the push tells of the file, which it cannot read either. */
  #textOfFile(file: NativePath): string | undefined {
    try {
      const bytes = this.#disk.readStart(file, LONGEST_IGNORE_FILE + 1);
      return bytes.length > LONGEST_IGNORE_FILE ? undefined : textOf(bytes);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return undefined;
    }
  }
}

/** A name as rules are asked for it. */
export function nameText(name: Name): string {
  return typeof name === 'string' ? name : textOf(name);
}
