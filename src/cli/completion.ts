import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';

/** Completion scripts, made from the commands there are. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export interface CompletedCommand {
  /** As typed: `key add`. */
  words: string;
  summary: string;
  flags: CompletedFlag[];
}

export interface CompletedFlag {
  name: string;
  char?: string | undefined;
  summary?: string | undefined;
  type: 'boolean' | 'option';
  options?: readonly string[] | undefined;
}

/** The script for a shell, to be sourced or put where the shell looks for it. */
export function completionScript(shell: Shell, commands: CompletedCommand[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}
