import { setTimeout as wait } from 'node:timers/promises';
import { smallFiles } from './data.ts';
import { begin, type Ground, Site } from './ground.ts';
import { measure } from './measure.ts';
import type { Peer } from './peers/peer.ts';
import { attempt, type Run } from './scenario.ts';

/*
 * What becomes of time and memory when there is more: more files, more snapshots.
 */

const FILES = [10_000, 100_000, 1_000_000];
const SNAPSHOTS = 200;
const FILES_OF_SNAPSHOTS = 20_000;
/** An unchanged push is short: the median of several. */
const REPEATED = 5;
/** Files that were read this soon after they changed are read once more by a careful program: that is over before it is measured. */
const FRESH_MS = 3000;

/** Pushes of ten times as many files, and again. */
export async function runMoreFiles(scale: number, { notes, peers, rounds }: Run): Promise<void> {
  for (const count of FILES.map((files) => Math.max(100, Math.round(files * scale)))) {
    console.log(`growth: ${count} files`);
    const data = smallFiles(count, 6000);
    const site = new Site(data);
    try {
      for (let round = 0; round < rounds; round++)
        for (const peer of peers)
          await attempt(notes, 'more files', 'local', peer, () =>
            site.onGround('local', async (ground) => {
              await begin(peer, ground);
              await note(peer, ground, 'first', count);
              await note(peer, ground, 'unchanged', count);
            }),
          );
    } finally {
      site.remove();
    }
  }
  async function note(peer: Peer, { run, place }: Ground, name: string, units: number): Promise<void> {
    const work = { scenario: 'more files', store: 'local', name };
    notes.add(work, peer.name, await run(peer.push(place)), { units });
  }
}

/** An unchanged push after one snapshot and after two hundred, between which one percent changed each time. */
export async function runMoreSnapshots(scale: number, { notes, peers }: Run): Promise<void> {
  console.log(`growth: ${SNAPSHOTS} snapshots`);
  const data = smallFiles(Math.max(1000, Math.round(FILES_OF_SNAPSHOTS * scale)), 6000);
  const site = new Site(data);
  const work = { scenario: 'more snapshots', store: 'local', name: 'unchanged' };
  try {
    for (const peer of peers)
      await attempt(notes, work.scenario, 'local', peer, () =>
        site.onGround('local', async ({ run, place, ...ground }) => {
          await begin(peer, { run, place, ...ground });
          for (let snapshot = 1; snapshot <= SNAPSHOTS; snapshot++) {
            await measure(peer.push(place));
            if (snapshot === 1 || snapshot === SNAPSHOTS) {
              await wait(FRESH_MS);
              await measure(peer.push(place));
              for (let again = 0; again < REPEATED; again++)
                notes.add(work, peer.name, await run(peer.push(place)), { units: snapshot });
            }
            data.change(place.source, snapshot);
          }
        }),
      );
  } finally {
    site.remove();
  }
}
