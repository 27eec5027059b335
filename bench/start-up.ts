import { measure } from './measure.ts';
import type { Run } from './scenario.ts';
import { attempt, rotated } from './scenario.ts';

/** Short runs vary more than long ones. */
const RUNS_A_ROUND = 5;

/** What it takes to say a version, and what there is to say of help. */
export async function runStartUp({ notes, peers, rounds }: Run): Promise<void> {
  console.log('start-up');
  for (let round = 0; round < rounds * RUNS_A_ROUND; round++)
    for (const peer of rotated(peers, round))
      await attempt(notes, 'start', '', peer, async () => {
        const [program = '', ...args] = peer.program;
        for (const [name, flag] of [
          ['--version', peer.versionFlag],
          ['--help', '--help'],
        ] as const) {
          const cost = await measure({ program, args: [...args, flag] });
          notes.add({ scenario: 'start', store: '', name }, peer.name, cost);
        }
      });
}
