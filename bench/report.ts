import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Failure, Notes } from './notes.ts';
import { type Peer, versionOf } from './peers/peer.ts';
import { markdownTables } from './table.ts';

export interface ReportOptions {
  notes: Notes;
  peers: Peer[];
  /** Names of peers that are not installed. */
  missing: string[];
  rounds: number;
  scale: number;
  /** Of the files, without ending. */
  name: string;
  titles: (scenario: string) => string;
}

/** Writes JSON and Markdown to `bench/results/`: once each scenario is done, so that a run that is stopped has told something. @returns the tables */
export function report(options: ReportOptions): string {
  const { notes, peers, missing, rounds, scale, name, titles } = options;
  const directory = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const machine = {
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    processor: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    commit: commitOf(),
    rounds,
    scale,
    versions: Object.fromEntries(peers.map((peer) => [peer.name, versionOf(peer)])),
    missing,
  };
  const { rows, failures } = notes;
  const tables = markdownTables(rows, titles);
  writeFileSync(
    join(directory, `${name}.json`),
    `${JSON.stringify({ machine, rows, failures }, undefined, 1)}\n`,
  );
  const head = `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node.js ${machine.node}, commit ${machine.commit}; medians of ${rounds} rounds, scale ${scale}.`;
  const parts = [head, versions(peers), listed('Not installed', missing), failed(failures), tables];
  writeFileSync(join(directory, `${name}.md`), `${parts.filter(Boolean).join('\n\n')}`);
  return tables;
}

function versions(peers: Peer[]): string {
  return peers
    .map((peer) => `- ${peer.name}: ${versionOf(peer)}${peer.remark ? ` (${peer.remark})` : ''}`)
    .join('\n');
}

function listed(what: string, names: string[]): string {
  return names.length > 0 ? `${what}: ${names.join(', ')}.` : '';
}

function failed(failures: Failure[]): string {
  const lines = failures.map(
    ({ scenario, store, peer, reason }) =>
      `- (${[scenario, store].filter(Boolean).join(', ')}) ${peer}: ${reason.replaceAll('\n', ' ')}`,
  );
  return lines.length > 0 ? `Took no part:\n\n${lines.join('\n')}` : '';
}

function commitOf(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'unknown'; // not a checkout
  }
}
