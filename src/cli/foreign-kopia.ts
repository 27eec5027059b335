import { ourClasses } from './foreign-class.ts';
import { type ForeignPlaces, type ForeignRules, type Translation, translateLines } from './foreign-lines.ts';

/** A .kopiaignore, or a policy as JSON. */
export function parseKopia(text: string, { sources, windows }: ForeignPlaces): ForeignRules {
  const pattern = (line: string) => patternOf(line, sources, windows);
  return text.trimStart().startsWith('{')
    ? parsePolicies(text, sources, pattern)
    : translateLines(text, (line) => (line.startsWith('#') ? undefined : pattern(line)));
}

/** Its language is that of .gitignore, and nearly ours. */
function patternOf(line: string, sources: string[], windows: boolean): Translation {
  // A blank at the end that is escaped stays, and one of a single character.
  const trimmed = line.length <= 2 || /\\.$/s.test(line) ? line.trimStart() : line.trim();
  if (trimmed === '') return undefined;
  const pattern = ourClasses(trimmed, { negation: '!', hasEscapes: true, hasNames: true });
  if (pattern === undefined) return { why: 'it can match nothing' };
  if (isAbsolute(pattern.replace(/^!/, ''), sources, windows))
    return {
      why: 'kopia takes it from each source on, and here it would be a path from the root of the disk',
    };
  // There two stars at the beginning go over slashes.
  return { patterns: [pattern.replace(/^\*\*+(?=[^*/])/, '**/*')] };
}

/** The beginning of a source's own path is understood as just that. */
function isAbsolute(pattern: string, sources: string[], windows: boolean): boolean {
  if (windows && /^[a-z]:[\\/]/i.test(pattern)) return true;
  return sources.some((source) => source !== '/' && `${pattern}/`.startsWith(`${source}/`));
}

type Values = Record<string, unknown>;
type PatternOf = (line: string) => Translation;

/** A policy, or an export of several by their targets. What holds for other directories alone is told. */
function parsePolicies(text: string, sources: string[], pattern: PatternOf): ForeignRules {
  const whole = JSON.parse(text) as Values;
  const isExport = Object.keys(whole).some((name) => name === GLOBAL || name.includes('@'));
  if (!isExport) return rulesOf(whole, '', pattern);
  const [general, near] = [true, false].map((isGlobal) =>
    Object.keys(whole).filter((target) => (target === GLOBAL) === isGlobal && holdsForAll(target, sources)),
  ) as [string[], string[]];
  // The nearer one decides, so it comes last.
  const inForce = [...(near.some((one) => asValues(whole[one]).noParent === true) ? [] : general), ...near];
  const rules = inForce.map((target) => rulesOf(asValues(whole[target]), `${target}: `, pattern));
  const others = Object.keys(whole)
    .filter((target) => target !== GLOBAL && !inForce.includes(target))
    .map((target) => `${target}: it is not of all sources of the job`);
  return [...rules, { settings: { exclude: [] }, lost: others }].reduce(joined);
}

const GLOBAL = '(global)';

/** `USER@HOST:PATH`: exclusions of a job hold for all its sources. */
function holdsForAll(target: string, sources: string[]): boolean {
  const directory = /^[^@]*@[^:]*:(.+)$/s.exec(target)?.[1];
  return target === GLOBAL || (sources.length === 1 && directory === sources[0]);
}

/** The patterns of the nearer policy stand in place of the others, where it has any. */
function joined(a: ForeignRules, b: ForeignRules): ForeignRules {
  const { exclude } = b.settings.exclude.length > 0 ? b.settings : a.settings;
  return { settings: { ...a.settings, ...b.settings, exclude }, lost: [...a.lost, ...b.lost] };
}

function rulesOf({ files, ...sections }: Values, where: string, pattern: PatternOf): ForeignRules {
  const { ignore, maxFileSize, ignoreCacheDirs, oneFileSystem, ...others } = asValues(files);
  const isSize = typeof maxFileSize === 'number' && maxFileSize > 0;
  const unread = {
    ...(!isSize && maxFileSize !== 0 && { maxFileSize }),
    ...(typeof ignoreCacheDirs !== 'boolean' && { ignoreCacheDirs }),
    ...(typeof oneFileSystem !== 'boolean' && { oneFileSystem }),
    ...others,
  };
  const { exclude, lost } = patternsOf(ignore, `${where}files.ignore: `, pattern);
  return {
    settings: {
      exclude,
      ...(isSize && { excludeLargerThan: maxFileSize }),
      ...(typeof ignoreCacheDirs === 'boolean' && { excludeCaches: ignoreCacheDirs }),
      ...(typeof oneFileSystem === 'boolean' && { oneFileSystem }),
    },
    lost: [
      ...lost,
      ...lostOf(unread, `${where}files.`),
      ...lostOf({ ...sections, ...(typeof files !== 'object' && { files }), noParent: false }, where),
    ],
  };
}

function patternsOf(
  ignore: unknown,
  where: string,
  pattern: PatternOf,
): { exclude: string[]; lost: string[] } {
  const entries: unknown[] = Array.isArray(ignore) ? ignore : isEmpty(ignore) ? [] : [ignore];
  const read = entries.map((one) => ({
    one,
    meant: typeof one === 'string' ? pattern(one) : { why: 'it is no pattern' },
  }));
  return {
    exclude: read.flatMap(({ meant }) => (meant && 'patterns' in meant ? meant.patterns : [])),
    lost: read.flatMap(({ one, meant }) =>
      meant && 'why' in meant
        ? [`${where}${typeof one === 'string' ? one : JSON.stringify(one)}: ${meant.why}`]
        : [],
    ),
  };
}

function lostOf(values: Values, where: string): string[] {
  return Object.keys(values)
    .filter((name) => !isEmpty(values[name]))
    .map((name) => `${where}${name}: there is no such setting here`);
}

function asValues(value: unknown): Values {
  return typeof value === 'object' && value !== null ? (value as Values) : {};
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false;
}
