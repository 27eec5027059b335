import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { decodeStat, entriesOf, type Stat } from '../../src/model/entry.ts';
import type { ScanBatch, ScanOptions, ScanProblem } from '../../src/scan/batch.ts';

export interface Scanned {
  /** Latin1, a character a byte. */
  paths: string[];
  stats: Map<string, Stat>;
  problems: ScanProblem[];
  excluded: number;
  own: number;
  batches: number;
}

/** Options to scan one source named `s`. */
export function optionsFor(path: string | Uint8Array, more: Partial<ScanOptions> = {}): ScanOptions {
  const sources = [{ name: 's', path: Buffer.from(path as string) }];
  return { sources, oneFileSystem: false, excludeCaches: false, excludedIdentities: [], ...more };
}

/** Decodes all batches; throws if their entries are not in order. */
export function collect(batches: Iterable<ScanBatch>): Scanned {
  const all = [...batches];
  const run = Buffer.concat(all.map((batch) => batch.run));
  const entries = [...entriesOf(run)].map(
    ({ path, stat }) => [Buffer.from(path).toString('latin1'), decodeStat(stat)] as const,
  );
  return {
    paths: entries.map(([path]) => path),
    stats: new Map(entries),
    problems: all.flatMap((batch) => batch.problems),
    excluded: all.reduce((sum, batch) => sum + batch.excluded, 0),
    own: all.reduce((sum, batch) => sum + batch.own, 0),
    batches: all.length,
  };
}

/** `kind path code` of each problem. */
export function told(problems: ScanProblem[]): string[] {
  return problems.map(({ kind, path, code }) => `${kind} ${Buffer.from(path).toString('latin1')} ${code}`);
}

/** A directory that is removed when the test is over. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-scan-')));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
