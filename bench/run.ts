import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DataSet, dataSets } from './data.ts';
import { bytesBelow, freshDisk } from './disk.ts';
import { measureLimits } from './limits.ts';
import { measure } from './measure.ts';
import { bmcloud } from './peers/bmcloud.ts';
import { borg, kopia, rclone } from './peers/others.ts';
import type { Peer, Place } from './peers/peer.ts';
import { restic, rustic } from './peers/restic.ts';
import { type BenchServer, startServer } from './server.ts';
import { markdownTable, type Row } from './table.ts';

/*
 * `npm run bench`: us and the peers that are here, in turn, several times, on data that is made from a seed.
 */

const USAGE = `npm run bench -- [--scenario a,b] [--peers bmcloud,restic] [--stores local,s3,s3+40ms] [--rounds 3] [--scale 1]
Scenarios: a small files, b large files, c a million files, d a disk image, e duplicates, g deep and wide.`;

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'a,b' },
    peers: { type: 'string' },
    stores: { type: 'string', default: 'local' },
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const everybody: Peer[] = [
  bmcloud('key file'),
  bmcloud('passphrase'),
  restic(),
  kopia(),
  rustic(),
  borg(),
  rclone(),
];

async function main(): Promise<void> {
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const wanted = options.peers?.split(',');
  const peers = everybody.filter(({ name }) => !wanted || wanted.includes(name));
  const here = peers.filter((peer) => peer.version() !== undefined);
  const missing = peers.filter((peer) => !here.includes(peer)).map(({ name }) => name);
  for (const peer of here) console.log(`${peer.name}: ${peer.version()}`);
  if (missing.length > 0) console.log(`missing: ${missing.join(', ')}`);
  const rows: Row[] = [];
  for (const name of options.scenario.split(',')) {
    const data = dataSets(Number(options.scale))[name];
    if (!data) throw new Error(`There is no scenario "${name}".\n${USAGE}`);
    for (const store of options.stores.split(',')) rows.push(...(await runScenario(data, store, here)));
  }
  report(rows, here, missing);
}

async function runScenario(data: DataSet, store: string, peers: Peer[]): Promise<Row[]> {
  console.log(`(${data.name}) ${data.what}, ${store}`);
  const rows = new Map<string, Row>();
  const note = (work: string, peer: string, cost: Row['costs'][number], stored?: number) => {
    const key = `${work}\n${peer}`;
    const row = rows.get(key) ?? { work: `(${data.name}, ${store}) ${work}`, peer, costs: [] };
    row.costs.push(cost);
    if (stored !== undefined) row.stored = stored;
    rows.set(key, row);
    console.log(
      `  ${work}, ${peer}: ${cost.wall.toFixed(2)} s, CPU ${cost.cpu.toFixed(2)} s, ${cost.memory.toFixed(0)} MiB`,
    );
  };
  for (let round = 0; round < Number(options.rounds); round++) {
    // In turn, and each round begins with another one: what the machine does meanwhile meets all of them.
    for (const [i] of peers.entries())
      await runPeer(peers[(i + round) % peers.length] as Peer, data, store, note);
    if (store === 'local') await runLimits(data, note);
  }
  return [...rows.values()];
}

type Note = (work: string, peer: string, cost: Row['costs'][number], stored?: number) => void;

async function runPeer(peer: Peer, data: DataSet, storeName: string, note: Note): Promise<void> {
  const disk = freshDisk(30);
  const server =
    storeName === 'local' ? undefined : await startServer(join(disk.path, 'store'), latencyOf(storeName));
  try {
    const place = placeOn(disk.path, server);
    const why = peer.cannot?.(place);
    if (why) {
      console.log(`  ${peer.name} takes no part: ${why}`);
      return;
    }
    data.make(place.source);
    mkdirSync(place.home, { recursive: true });
    for (const command of peer.init(place)) await measure(command);
    const stored = () => bytesBelow(join(disk.path, 'store'));
    note('first', peer.name, await measure(peer.push(place)), stored());
    note('unchanged', peer.name, await measure(peer.push(place)));
    const before = stored();
    data.change(place.source);
    note('1 % changed', peer.name, await measure(peer.push(place)), stored() - before);
    const to = join(disk.path, 'restored');
    mkdirSync(to);
    note('restore', peer.name, await measure(peer.restore(place, to)));
  } finally {
    await server?.stop();
    disk.remove();
  }
}

function placeOn(disk: string, server: BenchServer | undefined): Place {
  const path = join(disk, 'store');
  return {
    store: server ? server.place : { kind: 'local', path },
    home: join(disk, 'home'),
    source: join(disk, 'source'),
  };
}

function latencyOf(store: string): number {
  return Number(/\+(\d+)ms$/.exec(store)?.[1] ?? 0);
}

async function runLimits(data: DataSet, note: Note): Promise<void> {
  const disk = freshDisk(30);
  try {
    const source = join(disk.path, 'source');
    data.make(source);
    const work: Record<string, string> = { 'tar | zstd -1 -T2': 'first', 'find -printf': 'unchanged' };
    for (const [name, cost] of Object.entries(await measureLimits(source, disk.path)))
      note(work[name] ?? 'restore', `limit: ${name}`, cost);
  } finally {
    disk.remove();
  }
}

function report(rows: Row[], peers: Peer[], missing: string[]): void {
  const directory = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    processor: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    rounds: Number(options.rounds),
    scale: Number(options.scale),
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version()])),
    missing,
  };
  const table = markdownTable(rows);
  const name = `${machine.date}-${options.scenario.replaceAll(',', '')}-${options.stores.replaceAll(',', '_')}`;
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify({ machine, rows }, undefined, 1)}\n`);
  const versions = Object.entries(machine.versions).map(([peer, version]) => `- ${peer}: ${version}`);
  const head = `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node.js ${machine.node}, medians of ${machine.rounds} rounds, scale ${machine.scale}.`;
  const without = missing.length > 0 ? `\nNot installed: ${missing.join(', ')}.\n` : '';
  writeFileSync(join(directory, `${name}.md`), `${head}\n\n${versions.join('\n')}\n${without}\n${table}`);
  console.log(`\n${table}`);
}

await main();
