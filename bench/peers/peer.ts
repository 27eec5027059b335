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
}

/** A program that backs up. Its settings are its defaults, with the fastest level of zstd where it has levels. */
export interface Peer {
  name: string;
  /** Undefined: it is not here. */
  version(): string | undefined;
  /** Why it takes no part with a store, if it does not. */
  cannot?(place: Place): string | undefined;
  init(place: Place): Command[];
  push(place: Place): Command;
  restore(place: Place, to: string): Command;
}

/** The first line of what a program says of its version; undefined where it does not run. */
export function versionOf(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0];
  } catch {
    return undefined;
  }
}

export const PASSWORD = 'bench bench bench';

export function s3Keys(store: StorePlace): Record<string, string> {
  if (store.kind === 'local') return {};
  const { accessKey, secretKey } = store;
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_REGION: 'us-east-1' };
}
