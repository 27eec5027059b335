import { parseArgs } from 'node:util';
import { undoAtTheEnd } from './cleanup.ts';
import { dataSets } from './data.ts';
import { runMoreFiles, runMoreSnapshots } from './growth.ts';
import { Notes } from './notes.ts';
import { bmcloud } from './peers/bmcloud.ts';
import { borg, kopia, rclone } from './peers/others.ts';
import { type Peer, versionOf } from './peers/peer.ts';
import { restic, rustic } from './peers/restic.ts';
import { report } from './report.ts';
import { attempt, PLAIN_WORK, type Run, runScenario } from './scenario.ts';
import { runStartUp } from './start-up.ts';

/*
 * `npm run bench`: us and the peers that are here, in turn, several times, on data that is made from a seed. bench/README.md
 * tells what is measured, and how.
 */

const USAGE = `npm run bench -- [--scenario start,a,b] [--peers bmcloud,bmcloud-passphrase,restic,kopia,rustic,borg,rclone] [--stores local,local+cold,s3,s3+40ms] [--rounds 3] [--until unchanged] [--scale 1] [--name NAME]
Scenarios: start; a small files, b large files, c a million files, d a disk image, e duplicates, f many snapshots, g deep and
wide; files and snapshots: growth. --scale 0.02 is a quick look; --until ends a to e and g sooner: ${PLAIN_WORK.join(', ')}.`;

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'start,a,b' },
    peers: { type: 'string' },
    stores: { type: 'string', default: 'local' },
    rounds: { type: 'string', default: '3' },
    until: { type: 'string', default: 'restore' },
    scale: { type: 'string', default: '1' },
    name: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const scale = Number(options.scale);
const rounds = Number(options.rounds);
const scenarios = options.scenario.split(',');
const stores = options.stores.split(',');
const until = PLAIN_WORK.find((work) => work === options.until);
const sets = dataSets(scale);

const others: Record<string, { title: string; run: (run: Run) => Promise<void> }> = {
  start: { title: 'Start-up', run: runStartUp },
  files: { title: 'Growth: more files', run: (run) => runMoreFiles(scale, ours(run)) },
  snapshots: { title: 'Growth: more snapshots', run: (run) => runMoreSnapshots(scale, ours(run)) },
};

async function main(): Promise<void> {
  if (options.help) return console.log(USAGE);
  for (const name of scenarios)
    if (!sets[name] && !others[name]) throw new Error(`There is no scenario "${name}".\n${USAGE}`);
  if (!until) throw new Error(`There is no work "${options.until}".\n${USAGE}`);
  undoAtTheEnd();
  const peers = chosen();
  const here = peers.filter((peer) => versionOf(peer) !== undefined);
  const missing = peers.filter((peer) => !here.includes(peer)).map(({ name }) => name);
  for (const peer of here) console.log(`${peer.name}: ${versionOf(peer)}`);
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')}`);
  const notes = new Notes();
  let tables = '';
  for (const scenario of scenarios) {
    const data = sets[scenario];
    const run = { notes, peers: here, rounds, until };
    await attempt(notes, scenario, 'any store', { name: 'everybody' }, async () => {
      await (data ? runScenario(data, stores, run) : others[scenario]?.run(run));
    });
    tables = report({ notes, peers: here, missing, rounds, scale, name: nameOfRun(), titles });
  }
  console.log(`\n${tables}`);
}

function chosen(): Peer[] {
  const before = process.env.BENCH_BEFORE;
  const everybody = [
    bmcloud({ name: 'bmcloud', secret: 'key file' }),
    ...(before ? [bmcloud({ name: 'bmcloud, before', secret: 'key file', file: before })] : []),
    bmcloud({ name: 'bmcloud, passphrase', secret: 'passphrase' }),
    restic(),
    kopia(),
    rustic(),
    borg(),
    rclone(),
  ];
  const wanted = options.peers?.split(',');
  return everybody.filter(
    ({ name }) => !wanted || wanted.includes(name.replace(', ', '-').split(' ')[0] ?? ''),
  );
}

/** Growth is our own affair. */
function ours(run: Run): Run {
  return { ...run, peers: run.peers.filter(({ name }) => /^bmcloud(, before)?$/.test(name)) };
}

function titles(scenario: string): string {
  const set = sets[scenario];
  if (set) return `(${set.name}) ${set.what}`;
  const names: Record<string, string> = { 'more files': 'files', 'more snapshots': 'snapshots' };
  return others[names[scenario] ?? scenario]?.title ?? scenario;
}

function nameOfRun(): string {
  const date = new Date().toISOString().slice(0, 10);
  return options.name ?? `${date}-${scenarios.join('')}-${stores.join('_')}`;
}

await main();
