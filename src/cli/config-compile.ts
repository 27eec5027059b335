import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, messageOf } from '../errors.ts';
import type * as library from '../index.ts';
import type { ConfigProblem } from './config-check.ts';
import { type ConfigValues, type JobValues, shortForm } from './config-schema.ts';

type Library = Pick<
  typeof library,
  | 'canonicalLocation'
  | 'parseCronTrigger'
  | 'parseDaily'
  | 'parseEvery'
  | 'ruleLines'
  | 'ruleLinesOfFile'
  | 'shortRules'
>;
type Place = ConfigProblem['place'];
type Layer = Partial<Omit<ConfigValues & JobValues, 'jobs' | 'profiles'>>;

/** The first thing in well-formed values that a push, or `schedule add`, would refuse. @param values with absolute paths */
export async function compileProblem(
  { jobs = {}, profiles = {}, ...top }: ConfigValues,
  windows = path.sep === '\\',
): Promise<ConfigProblem | undefined> {
  const layers: [Place, Layer][] = [
    [[], top],
    ...Object.entries(profiles).map(([name, one]): [Place, Layer] => [['profiles', name], one]),
    ...Object.entries(jobs).map(([name, one]): [Place, Layer] => [['jobs', name], one]),
  ];
  const parsers = await import('../index.ts');
  for (const [place, layer] of layers) {
    const problem =
      secretProblem(place, layer) ?? (await firstProblem(place, checksOf(layer, parsers, windows)));
    if (problem) return problem;
  }
  return undefined;
}

/** What is to be understood, and where it stands in its layer. */
type Check = [place: Place, understand: () => unknown];

function checksOf(layer: Layer, parsers: Library, windows: boolean): Check[] {
  const { repository, excludeFiles = [], schedule = {} } = layer;
  const lines = ['exclude', 'iexclude', 'include'] as const;
  const triggers = { every: parsers.parseEvery, daily: parsers.parseDaily, cron: parsers.parseCronTrigger };
  return [
    ...(repository === undefined
      ? []
      : [[['repository'], () => parsers.canonicalLocation(repository)] as Check]),
    ...lines.flatMap((list) =>
      (layer[list] ?? []).map(
        (text, i): Check => [[list, i], () => parsers.ruleLines([text], { origin: list, windows })],
      ),
    ),
    ...excludeFiles.map(
      (file, i): Check => [
        ['excludeFiles', i],
        async () => parsers.ruleLinesOfFile(await bytesOf(file), file, { windows }),
      ],
    ),
    ...shortLists.flatMap((list) =>
      (layer[list] ?? []).map(
        (text, i): Check => [[list, i], () => parsers.shortRules({ [list]: [text] }, windows)],
      ),
    ),
    ...Object.entries(triggers).flatMap(([kind, parse]): Check[] => {
      const text = schedule[kind as keyof typeof triggers];
      return text === undefined ? [] : [[['schedule', kind], () => parse(text)]];
    }),
  ];
}

type ShortLists = Exclude<keyof typeof shortForm, 'src' | 'max_workers'>;
const shortLists = Object.keys(shortForm).filter(
  (name): name is ShortLists => name !== 'src' && name !== 'max_workers',
);

async function firstProblem(layer: Place, checks: Check[]): Promise<ConfigProblem | undefined> {
  for (const [place, understand] of checks) {
    try {
      await understand();
    } catch (error) {
      if (!(error instanceof BmcloudError)) throw error;
      return { place: [...layer, ...place], problem: withoutFlag(error.message), hint: error.hint };
    }
  }
  return undefined;
}

/** Parsers of flags say whose value it is, as the place does. */
function withoutFlag(message: string): string {
  return message.replace(/^(--)?\w+: /, '');
}

const secrets = ['passphraseFile', 'passphraseCommand', 'keyFile'] as const;

function secretProblem(place: Place, layer: Layer): ConfigProblem | undefined {
  const [first, second] = secrets.filter((name) => layer[name] !== undefined);
  if (second === undefined) return undefined;
  return { place: [...place, second], problem: `"${first}" is given, too`, hint: 'Leave one of them out' };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new BmcloudError('config', `the patterns cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
