/*
 * What is in a job, as plain data: it travels to the thread that walks. `compile` makes a walk's questions of it.
 */

/** A line of a list, as it was written. */
export interface RuleLine {
  /** In the language of .gitignore. */
  text: string;
  /** Where it stands: a flag, or `FILE:LINE`. */
  origin: string;
  /** Case does not tell names apart. */
  ignoreCase?: boolean;
}

/** Everything is in that no line leaves out. */
export interface OrdinaryRules {
  form: 'ordinary';
  /** The last one that matches decides. They come before what ignore files say. */
  lines: RuleLine[];
  /** Files named .bmcloudignore say what is left out of their directory and all below. */
  ignoreFiles: boolean;
  /** Of a directory that holds one of these names, only itself and that name are kept. */
  ifPresent: string[];
  /** Files of more bytes are left out. */
  largerThan?: number;
}

/** Nothing is in that is not named; see docs/rules.md. Patterns start from the source. */
export interface ShortRules {
  form: 'short';
  lists: Partial<Record<ShortList, string[]>>;
  /** `\` separates, and case does not tell names apart. */
  windows: boolean;
}

export const shortLists = [
  'include_dirs',
  'track_dirs',
  'exclude_dirs',
  'include_files',
  'track_files',
  'exclude_files',
] as const;

/** The lists of the short form. */
export type ShortList = (typeof shortLists)[number];

/** What decides which paths are in. */
export type Rules = OrdinaryRules | ShortRules;

/** The rule that decided, as it was written. */
export interface RuleName {
  rule: string;
  origin: string;
}

/** `mirrored`: in, but without history. `tracked`: in, with every version and deletion. */
export type Fate = 'out' | 'mirrored' | 'tracked';

export interface Decision {
  fate: Fate;
  /** A directory that nothing names, but something in it may be: kept only if something in it is. */
  isOnTheWay?: true;
  /** Absent where no rule says anything. */
  by?: RuleName;
}

/** What the rules say in a directory. Names are text as `textOf` makes it. */
export interface Scope {
  /** What becomes of a name; undefined if that depends on whether it is a directory, and this is not known. */
  decide(name: string, isDirectory: boolean | undefined): Decision | undefined;
  /** The scope of a directory in it that was not left out. */
  enter(name: string): Scope;
  /** The same directory with the lines of its own ignore file. */
  withLines(lines: RuleLine[]): Scope;
}

/** Rules made ready to be asked. */
export interface CompiledRules {
  /** The scope of a source. @param components of its absolute path, to understand rules that begin with it */
  source(components: string[]): Scope;
  /** Of a source itself, which is always in. */
  sourceFate: 'mirrored' | 'tracked';
  ignoreFiles: boolean;
  ifPresent: string[];
  largerThan: number;
}

/** The name of files that rules are read from while a source is walked. */
export const IGNORE_FILE = '.bmcloudignore';
