import type { CompletedCommand } from './completion.ts';
import { followingWords, shellQuote } from './completion-words.ts';

export function bashScript(commands: CompletedCommand[]): string {
  return `# bash completion of bmcloud: source <(bmcloud completion bash)
_bmcloud() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" first="" second="" words="" flags="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      -*) ;;
      *) if [ -z "$first" ]; then first="\${COMP_WORDS[i]}"; elif [ -z "$second" ]; then second="\${COMP_WORDS[i]}"; fi ;;
    esac
  done
  case "$previous" in
${knownValues(commands)}
  esac
  case "$first" in
${followers(commands)}
  esac
  case "$first $second" in
${flagsOf(commands)}
  esac
  COMPREPLY=()
  case "$current" in
    -*) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
    *) [ -z "$second" ] && [ -n "$words" ] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
}
complete -o default -F _bmcloud bmcloud
`;
}

function knownValues(commands: CompletedCommand[]): string {
  const values = new Map<string, string>();
  for (const flag of commands.flatMap((command) => command.flags)) {
    if (flag.options?.length) values.set(flag.name, flag.options.join(' '));
  }
  const line = ([name, options]: [string, string]) =>
    `    --${name}) mapfile -t COMPREPLY < <(compgen -W ${shellQuote(options)} -- "$current"); return ;;`;
  return [...values].map(line).join('\n');
}

function followers(commands: CompletedCommand[]): string {
  const line = ([after, words]: [string, Map<string, string>]) =>
    `    ${shellQuote(after)}) words=${shellQuote([...words.keys()].join(' '))} ;;`;
  return [...followingWords(commands)].map(line).join('\n');
}

function flagsOf(commands: CompletedCommand[]): string {
  const line = ({ words, flags }: CompletedCommand) => {
    const pattern = words.includes(' ') ? shellQuote(words) : `${shellQuote(`${words} `)}*`;
    return `    ${pattern}) flags=${shellQuote(flags.map((flag) => `--${flag.name}`).join(' '))} ;;`;
  };
  return commands.map(line).join('\n');
}
