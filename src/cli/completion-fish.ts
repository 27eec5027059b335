import type { CompletedCommand, CompletedFlag } from './completion.ts';
import { followingWords } from './completion-words.ts';

export function fishScript(commands: CompletedCommand[]): string {
  const lines = [...wordLines(commands), ...commands.flatMap(flagLines)];
  return `# fish completion of bmcloud: bmcloud completion fish > ~/.config/fish/completions/bmcloud.fish\n${lines.join('\n')}\n`;
}

function wordLines(commands: CompletedCommand[]): string[] {
  return [...followingWords(commands)].flatMap(([after, words]) => {
    const condition = after === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${after}`;
    return [...words].map(
      ([word, summary]) => `complete -c bmcloud -n ${quote(condition)} -a ${word} -d ${quote(summary)}`,
    );
  });
}

function flagLines({ words, flags }: CompletedCommand): string[] {
  const conditions = words.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
  return flags.map((flag) => flagLine(conditions.join('; and '), flag));
}

function flagLine(condition: string, flag: CompletedFlag): string {
  const short = flag.char === undefined ? '' : ` -s ${flag.char}`;
  return `complete -c bmcloud -n ${quote(condition)} -l ${flag.name}${short}${valuePart(flag)} -d ${quote(flag.summary ?? '')}`;
}

function valuePart({ type, options }: CompletedFlag): string {
  if (type === 'boolean') return '';
  return options?.length ? ` -xa ${quote(options.join(' '))}` : ' -r';
}

/** In single quotes fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;
}
