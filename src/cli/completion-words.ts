import type { CompletedCommand } from './completion.ts';

/** For the empty text and for each topic (`key`): the words that can follow, with what they mean. */
export function followingWords(commands: CompletedCommand[]): Map<string, Map<string, string>> {
  const following = new Map<string, Map<string, string>>();
  for (const { words, summary } of commands) {
    const [first = '', second] = words.split(' ');
    addWord(following, '', first, second === undefined ? summary : `More: ${first}`);
    if (second !== undefined) addWord(following, first, second, summary);
  }
  return following;
}

function addWord(all: Map<string, Map<string, string>>, after: string, word: string, summary: string): void {
  const words = all.get(after) ?? new Map<string, string>();
  if (!words.has(word)) words.set(word, summary);
  all.set(after, words);
}

/** A text in single quotes, as POSIX shells read it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
