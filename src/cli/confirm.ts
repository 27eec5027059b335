import type { Environment } from './environment.ts';
import { usage } from './failure.ts';
import { askLine, canAsk } from './prompt.ts';

/**
 * Asks yes or no; anything but a clear yes is a no.
 * @throws `usage` when there is no terminal to ask on
 */
export async function confirm(
  environment: Pick<Environment, 'stdin' | 'stderr'>,
  question: string,
  yes: boolean,
): Promise<boolean> {
  if (yes) return true;
  if (!canAsk(environment))
    throw usage(`There is no terminal to ask "${question}" on`, 'Add --yes to go on without asking');
  return isYes(await askLine(environment, `${question} [y/N] `));
}

export function isYes(answer: string): boolean {
  return /^\s*(y|yes)\s*$/i.test(answer);
}
