import { type DiffCounts, type Difference, diff } from './diff/diff.ts';
import { untilAborted } from './flow/until-aborted.ts';
import type { Run } from './model/run.ts';
import type { Repository } from './repository/repository.ts';
import { type LookOptions, look } from './scan/look.ts';
import { Unseen } from './scan/unseen.ts';

export type { LookOptions };

/** What differs on disk from a state, by metadata: no file is read. What cannot be looked at is told and counts as it was. @throws `interrupted` */
export async function* diskChanges(
  previous: Run,
  options: LookOptions,
  counts: DiffCounts,
  { tell, signal }: Pick<Repository, 'tell' | 'signal'>,
): AsyncGenerator<Difference> {
  const unseen = new Unseen();
  const found = look(options, ({ problems, cloud }) => {
    for (const { path, native, message, code } of problems) {
      unseen.add(path);
      tell({ type: 'skipped', path: native, reason: message, code });
    }
    for (const path of cloud) unseen.add(path);
  });
  for await (const batch of diff(previous, untilAborted(found, signal), { unseen, counts })) {
    unseen.passed((batch.at(-1) as Difference).path);
    yield* batch;
  }
}
