import type { ForeignRules } from './foreign-rules.ts';

type Values = Record<string, unknown>;

/** A policy of kopia as JSON, or an export of several by their targets. What holds for other directories alone is told. */
export function parseKopiaPolicies(text: string, sources: string[]): ForeignRules {
  const whole = JSON.parse(text) as Values;
  const isExport = Object.keys(whole).some((name) => name === GLOBAL || name.includes('@'));
  if (!isExport) return rulesOf(whole, '');
  // The nearer one decides, so it comes last.
  const targets = Object.keys(whole).sort((a, b) => Number(b === GLOBAL) - Number(a === GLOBAL));
  return targets
    .map((target) =>
      holdsForAll(target, sources)
        ? rulesOf(asValues(whole[target]), `${target}: `)
        : { settings: { exclude: [] }, lost: [`${target}: it is not of all sources of the job`] },
    )
    .reduce(joined);
}

const GLOBAL = '(global)';

/** `USER@HOST:PATH`: exclusions of a job hold for all its sources. */
function holdsForAll(target: string, sources: string[]): boolean {
  const directory = /^[^@]*@[^:]*:(.+)$/s.exec(target)?.[1];
  return target === GLOBAL || (sources.length === 1 && directory === sources[0]);
}

function joined(a: ForeignRules, b: ForeignRules): ForeignRules {
  const exclude = [...a.settings.exclude, ...b.settings.exclude];
  return { settings: { ...a.settings, ...b.settings, exclude }, lost: [...a.lost, ...b.lost] };
}

function rulesOf({ files, ...sections }: Values, where: string): ForeignRules {
  const { ignore, maxFileSize, ignoreCacheDirs, oneFileSystem, ...others } = asValues(files);
  const entries: unknown[] = Array.isArray(ignore) ? ignore : isEmpty(ignore) ? [] : [ignore];
  const isSize = typeof maxFileSize === 'number' && maxFileSize > 0;
  const unread = {
    ...(!isSize && maxFileSize !== 0 && { maxFileSize }),
    ...(ignoreCacheDirs !== true && { ignoreCacheDirs }),
    ...(oneFileSystem !== true && { oneFileSystem }),
    ...others,
  };
  return {
    settings: {
      exclude: entries.filter((one) => typeof one === 'string'),
      ...(isSize && { excludeLargerThan: maxFileSize }),
      ...(ignoreCacheDirs === true && { excludeCaches: true }),
      ...(oneFileSystem === true && { oneFileSystem: true }),
    },
    lost: [
      ...entries
        .filter((one) => typeof one !== 'string')
        .map((one) => `${where}files.ignore: ${JSON.stringify(one)}: it is no pattern`),
      ...lostOf(unread, `${where}files.`),
      ...lostOf(typeof files === 'object' ? sections : { files, ...sections }, where),
    ],
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
