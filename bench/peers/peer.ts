import { execFileSync } from 'node:child_process';
import type { Command } from '../measure.ts';

export type StorePlace =
  | { kind: 'local'; path: string }
  /** A server on this machine; the bucket is there. */
  | { kind: 's3'; endpoint: string; bucket: string; accessKey: string; secretKey: string };

/** Where a peer works: everything it writes lies in `home`, in the store, or where it restores to. */
export interface Place {
  store: StorePlace;
  home: string;
  source: string;
  /** Milliseconds that an answer of the store takes longer. */
  latency: number;
}

/** A program that backs up. Its settings are its defaults, with the fastest level of zstd where it has levels. */
export interface Peer {
  name: string;
  /** How the program is called, before its arguments. */
  program: string[];
  /** What to ask for its version: `--version`, `version`. */
  versionFlag: string;
  /** What to know of its rows. */
  remark?: string | undefined;
  /** Why it takes no part with a store or a scenario, if it does not. */
  cannot?(place: Place, scenario: string): string | undefined;
  init(place: Place): Command[];
  push(place: Place): Command;
  restore(place: Place, to: string): Command;
  /** What it can do with snapshots of the past; absent: not known here. */
  past?: Past;
}

/** Snapshots count from 1. What has to be looked up first (ids, …) is looked up unmeasured. */
export interface Past {
  restore(place: Place, snapshot: number, to: string): Command;
  diff(place: Place, from: number, to: number): Command;
  /** The versions of one file; absent: it has no word for it. `path` is below the source. */
  history?(place: Place, path: string): Command;
}

/** The first line of what a program says of its version; undefined where it does not run. */
export function versionOf({
  program,
  versionFlag,
}: Pick<Peer, 'program' | 'versionFlag'>): string | undefined {
  const [file = '', ...args] = program;
  try {
    const said = execFileSync(file, [...args, versionFlag], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return said.split('\n')[0];
  } catch {
    return undefined;
  }
}

/** What a command prints, as JSON. */
export function jsonOf({ program, args, env }: Command): unknown {
  const options = { encoding: 'utf8' as const, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
  return JSON.parse(execFileSync(program, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] }));
}

export const PASSWORD = 'bench bench bench';

export function s3Keys(store: StorePlace): Record<string, string> {
  if (store.kind === 'local') return {};
  const { accessKey, secretKey } = store;
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_REGION: 'us-east-1' };
}
