import type { Command } from '@oclif/core/command';
import type { ArgInput, Config, FlagInput } from '@oclif/core/interfaces';
import { parse } from '@oclif/core/parser';
import { type FlagShape, refuseBooleanValues } from './arguments.ts';
import { settingsOfJob } from './config.ts';
import type { ConfigValues } from './config-schema.ts';
import { asFailure, usage } from './failure.ts';

/**
 * Divides the words of `schedule add`: its own flags and the name, and what is kept for the push, which is everything else, and
 * everything after `--`.
 * @param own flags of `schedule add` itself
 * @param push flags of the push: their values are not the name
 */
export function divideArguments(
  argv: readonly string[],
  own: Record<string, FlagShape>,
  push: Record<string, FlagShape>,
): { own: string[]; push: string[] } {
  const divided = { own: [] as string[], push: [] as string[] };
  let hasName = false;
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') return { ...divided, push: [...divided.push, ...words] };
    const shape = shapeOf(word, own);
    const other = shape ? undefined : shapeOf(word, push);
    const isName: boolean = !word.startsWith('-') && !hasName;
    hasName ||= isName;
    const side = shape || isName ? divided.own : divided.push;
    side.push(word);
    const takesValue = (shape ?? other)?.type === 'option' && !word.includes('=');
    if (takesValue && words.length > 0) side.push(words.shift()!);
  }
  return divided;
}

function shapeOf(word: string, flags: Record<string, FlagShape>): FlagShape | undefined {
  if (word.startsWith('--')) return flags[word.slice(2).split('=', 1)[0]!];
  if (!/^-[a-zA-Z0-9]$/.test(word)) return undefined;
  return Object.values(flags).find(({ char }) => char === word[1]);
}

/** What the command takes that is scheduled: `push`, or `watch` where that is what is asked for. */
export async function scheduledCommand(argv: readonly string[], config: Config): Promise<Command.Class> {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return config.findCommand(own.includes('--watch') ? 'watch' : 'push', { must: true }).load();
}

/** Flags of `watch` that end at once. */
const notForWatches = ['once', 'status'];

/** What scheduled arguments say. */
export interface ScheduledWords {
  /** Whether they name what is pushed, or another configuration that does; if not, it is every job of this one. */
  isNaming: boolean;
  shadow: string | undefined;
}

/**
 * The same of a watch.
 * @param hasJobs the configuration has jobs: then none need be named
 * @throws `usage`
 */
export async function checkWatchArguments(
  words: string[],
  watch: Command.Class,
  hasJobs: boolean,
): Promise<ScheduledWords> {
  const given = await parsedWith(words, watch);
  const said = given.flags as Record<string, unknown>;
  const odd = notForWatches.find((name) => said[name] === true);
  if (odd !== undefined) throw usage(`--watch keeps running: --${odd} does not`);
  if (said['files-from'] === '-') throw noInput();
  const isNaming = given.argv.length > 0 || (said['files-from'] ?? said.job ?? said.config) !== undefined;
  if (!isNaming && !hasJobs)
    throw usage('Nothing to watch was named', 'Name it last: bmcloud schedule add NAME --watch DIR');
  return { isNaming, shadow: said.shadow as string | undefined };
}

/**
 * Refuses arguments that the push would refuse at night, when nobody looks.
 * @param hasJobs the configuration has jobs: then a push without arguments is of all of them
 * @throws `usage`
 */
export async function checkPushArguments(
  words: string[],
  push: Command.Class,
  hasJobs: boolean,
): Promise<ScheduledWords> {
  const given = await parsedWith(words, push);
  const said = given.flags as Record<string, unknown>;
  const isStdin = said['stdin-name'] !== undefined && said['stdin-command'] === undefined;
  if (said['files-from'] === '-' || isStdin) throw noInput();
  const isNaming =
    given.argv.length > 0 ||
    (said['files-from'] ?? said['stdin-command'] ?? said.job ?? said.config) !== undefined;
  if (!isNaming && !hasJobs)
    throw usage('Nothing to back up was named', 'Name it last: bmcloud schedule add NAME --daily 02:30 DIR');
  return { isNaming, shadow: said.shadow as string | undefined };
}

/** Whether any of what is pushed may need a snapshot of its volume. @param jobs that are pushed; none: paths are */
export function wantsShadow(flag: string | undefined, values: ConfigValues, jobs: string[]): boolean {
  if (flag !== undefined) return flag !== 'never';
  if (jobs.length === 0) return values.shadow !== 'never';
  return jobs.some((name) => settingsOfJob(values, name).shadow !== 'never');
}

async function parsedWith(words: string[], command: Command.Class) {
  const flags = { ...command.baseFlags, ...command.flags } as FlagInput;
  refuseBooleanValues(words, flags as Record<string, FlagShape>);
  return await parse(words, { flags, args: command.args as ArgInput, strict: true }).catch((error) => {
    throw asFailure(error, { command: command.id, flags: Object.keys(flags) });
  });
}

function noInput() {
  return usage('What is scheduled has no standard input', 'Use --stdin-command or a file');
}
