import type { Command } from '@oclif/core/command';
import type { ArgInput, Config, FlagInput } from '@oclif/core/interfaces';
import { parse } from '@oclif/core/parser';
import { type FlagShape, refuseBooleanValues } from './arguments.ts';
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

/** What the push command takes. */
export async function pushCommand(config: Config): Promise<Command.Class> {
  return config.findCommand('push', { must: true }).load();
}

/**
 * Refuses arguments that the push would refuse at night, when nobody looks.
 * @returns what they say of `--shadow`
 * @throws `usage`
 */
export async function checkPushArguments(words: string[], push: Command.Class): Promise<string | undefined> {
  const flags = { ...push.baseFlags, ...push.flags } as FlagInput;
  refuseBooleanValues(words, flags as Record<string, FlagShape>);
  const given = await parse(words, { flags, args: push.args as ArgInput, strict: true }).catch((error) => {
    throw asFailure(error, { command: 'push', flags: Object.keys(flags) });
  });
  const said = given.flags as Record<string, unknown>;
  const isStdin = said['stdin-name'] !== undefined && said['stdin-command'] === undefined;
  if (said['files-from'] === '-' || isStdin)
    throw usage('A scheduled push has no standard input', 'Use --stdin-command or a file');
  if (given.argv.length === 0 && said['files-from'] === undefined && said['stdin-command'] === undefined)
    throw usage('Nothing to back up was named', 'Name it last: bmcloud schedule add NAME --daily 02:30 DIR');
  return said.shadow as string | undefined;
}
