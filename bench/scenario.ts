import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DataSet, FIRST_FILE, SNAPSHOTS } from './data.ts';
import { begin, type Ground, Site } from './ground.ts';
import { runLimits } from './limits.ts';
import { measure } from './measure.ts';
import type { Notes } from './notes.ts';
import type { Peer } from './peers/peer.ts';

export interface Run {
  notes: Notes;
  peers: Peer[];
  rounds: number;
  /** The last piece of work that is done in scenarios of pushes and a restore. */
  until?: Until;
}

/** What is done there, in this order. */
export const PLAIN_WORK = ['first', 'unchanged', '1 % changed', 'restore'] as const;
export type Until = (typeof PLAIN_WORK)[number];

/** All peers with one data set on each store, in turn, several times. */
export async function runScenario(data: DataSet, stores: string[], run: Run): Promise<void> {
  console.log(`(${data.name}) ${data.what}`);
  const site = new Site(data);
  try {
    for (const store of stores)
      for (let round = 0; round < run.rounds; round++) {
        console.log(`(${data.name}) ${store}, round ${round + 1} of ${run.rounds}`);
        // Each round begins with another one: what the machine does meanwhile meets all of them.
        for (const peer of rotated(run.peers, round))
          await attempt(run.notes, data.name, store, peer, () =>
            site.onGround(store, (ground) => runPeer(peer, data, store, ground, run)),
          );
        if (data.name === 'f') continue; // no plain tool does what is asked there
        await attempt(run.notes, data.name, store, { name: 'limits' }, () =>
          site.onGround(store, (ground) => runLimits(data, store, ground, run.notes)),
        );
      }
  } finally {
    site.remove();
  }
}

/** A program that fails is told, and the others go on. */
export async function attempt(
  notes: Notes,
  scenario: string,
  store: string,
  { name: peer }: Pick<Peer, 'name'>,
  act: () => Promise<void>,
): Promise<void> {
  if (notes.hasFailed({ scenario, store, peer })) return;
  try {
    await act();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notes.fail({ scenario, store, peer, reason });
  }
}

async function runPeer(peer: Peer, data: DataSet, store: string, ground: Ground, run: Run): Promise<void> {
  const { notes } = run;
  const why = peer.cannot?.(ground.place, data.name);
  if (why) return notes.fail({ scenario: data.name, store, peer: peer.name, reason: why });
  await begin(peer, ground);
  if (data.name === 'f') await runDeep(peer, data, store, ground, notes);
  else await runPlain(peer, data, store, ground, run);
}

async function runPlain(
  peer: Peer,
  data: DataSet,
  store: string,
  { disk, place, run, stored }: Ground,
  { notes, until }: Run,
): Promise<void> {
  const work = (name: Until) => ({ scenario: data.name, store, name });
  notes.add(work('first'), peer.name, await run(peer.push(place)), { stored: stored() });
  if (until === 'first') return;
  notes.add(work('unchanged'), peer.name, await run(peer.push(place)));
  if (until === 'unchanged') return;
  const before = stored();
  data.change(place.source, 1);
  notes.add(work('1 % changed'), peer.name, await run(peer.push(place)), { stored: stored() - before });
  if (until === '1 % changed') return;
  notes.add(work('restore'), peer.name, await run(peer.restore(place, targetOn(disk))));
}

/** Many snapshots, and questions about them. */
async function runDeep(
  peer: Peer,
  data: DataSet,
  store: string,
  { disk, place, run, stored }: Ground,
  notes: Notes,
): Promise<void> {
  const { past } = peer;
  if (!past) throw new Error('how it is asked about the past is not known here');
  const work = (name: string) => ({ scenario: data.name, store, name });
  for (let snapshot = 1; snapshot < SNAPSHOTS; snapshot++) {
    await measure(peer.push(place));
    data.change(place.source, snapshot);
  }
  const middle = SNAPSHOTS / 2;
  notes.add(work(`snapshot ${SNAPSHOTS}`), peer.name, await run(peer.push(place)), { stored: stored() });
  notes.add(
    work(`restore --at ${middle}`),
    peer.name,
    await run(past.restore(place, middle, targetOn(disk))),
  );
  notes.add(work('diff of neighbours'), peer.name, await run(past.diff(place, middle, middle + 1)));
  notes.add(work('diff of first and last'), peer.name, await run(past.diff(place, 1, SNAPSHOTS)));
  if (past.history)
    notes.add(work('history of a file'), peer.name, await run(past.history(place, FIRST_FILE)));
}

function targetOn(disk: string): string {
  const to = join(disk, 'restored');
  mkdirSync(to, { recursive: true });
  return to;
}

export function rotated<T>(all: T[], by: number): T[] {
  const first = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
