import { usage } from './failure.ts';
import { askLine, canAsk, type Terminal } from './prompt.ts';

/**
 * Asks yes or no; anything but a clear yes is a no.
 * @throws `usage` when there is no terminal to ask on
 */
export async function confirm(terminal: Terminal, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!canAsk(terminal))
    throw usage(`There is no terminal to ask "${question}" on`, 'Add --yes to go on without asking');
  return isYes(await askLine(terminal, `${question} [y/N] `));
}

export function isYes(answer: string): boolean {
  return /^\s*(y|yes)\s*$/i.test(answer);
}
