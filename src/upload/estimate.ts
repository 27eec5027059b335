import { RunCursor } from '../model/run.ts';
import { Tally } from '../model/tally.ts';
import { type LookOptions, look } from '../scan/look.ts';

/**
 * Counts what there is, in a thread of its own, while a push reads: it walks the sources once more, so it is for people who look on.
 * @param isWanted asked between batches; @returns undefined when it was not wanted to the end
 */
export async function estimate(options: LookOptions, isWanted: () => boolean): Promise<Tally | undefined> {
  const tally = new Tally();
  const cursor = new RunCursor(
    look(options, () => {}),
    'the scan',
  );
  try {
    while (cursor.advance() || (isWanted() && (await cursor.refill()))) tally.add(cursor.stat());
    return cursor.done ? tally : undefined;
  } finally {
    await cursor.close();
  }
}
