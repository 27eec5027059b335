import type { JobLine } from '../repository/job-line.ts';
import type { KnownChunks } from '../repository/known-chunks.ts';
import type { Journal } from '../repository/local-job.ts';
import type { Repository } from '../repository/repository.ts';
import { type Hints, JournalHints, noHints } from './hints.ts';
import { StripeNotes } from './stripe-notes.ts';

/*
 * What a push that did not come to its end had read, as the next one takes it up. Its packs are taken up before (`adopt.ts`).
 */

/** What is known of files before they are read. */
export async function hintsOf(repository: Repository, { local }: JobLine): Promise<Hints> {
  const known = await knownIfLeft(repository, local);
  return known ? new JournalHints(local.hints(), (id) => known.has(id)) : noHints;
}

/** Stripes of large files. @param journal takes the notes of this push */
export async function notesOf(
  repository: Repository,
  { local }: JobLine,
  journal: Journal | undefined,
): Promise<StripeNotes> {
  const known = await knownIfLeft(repository, local);
  const notes = new StripeNotes(
    (id) => known?.has(id) ?? false,
    (note) => journal?.noteStripe(note),
  );
  for await (const note of local.stripes()) notes.add(note);
  return notes;
}

/** The index is not read for nothing. */
async function knownIfLeft(
  repository: Repository,
  local: JobLine['local'],
): Promise<KnownChunks | undefined> {
  return (await local.hasHints()) ? await repository.known() : undefined;
}
