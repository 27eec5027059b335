import type { CompletedCommand, CompletedFlag } from './completion.ts';
import { followingWords, shellQuote } from './completion-words.ts';

export function zshScript(commands: CompletedCommand[]): string {
  return `#compdef bmcloud
# zsh completion of bmcloud: bmcloud completion zsh > "\${fpath[1]}/_bmcloud"
_bmcloud() {
  local -a following
  local command=""
  (( CURRENT > 2 )) && command="\${words[2]}"
  case "$command" in
${followers(commands)}
  esac
  if (( \${#following} > 0 && (CURRENT == 2 || CURRENT == 3) )); then
    _describe command following
    return
  fi
  (( \${#following} > 0 )) && command="$command \${words[3]}"
  case "$command" in
${commands.map(argumentsOf).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_bmcloud" ]; then _bmcloud "$@"; else compdef _bmcloud bmcloud; fi
`;
}

function followers(commands: CompletedCommand[]): string {
  const line = ([after, words]: [string, Map<string, string>]) => {
    const described = [...words].map(([word, summary]) => shellQuote(`${word}:${summary}`));
    return `    ${shellQuote(after)}) following=(${described.join(' ')}) ;;`;
  };
  return [...followingWords(commands)].map(line).join('\n');
}

function argumentsOf({ words, flags }: CompletedCommand): string {
  return `    ${shellQuote(words)}) _arguments -s ${flags.map(specOf).join(' ')} '*:file:_files' ;;`;
}

function specOf(flag: CompletedFlag): string {
  const summary = (flag.summary ?? '').replace(/[[\]:\\]/g, (c) => `\\${c}`);
  const values = flag.options?.length ? `(${flag.options.join(' ')})` : '_files';
  return shellQuote(`--${flag.name}[${summary}]${flag.type === 'option' ? `:value:${values}` : ''}`);
}
