import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { undoLater } from '../cleanup.ts';
import { jsonOf, PASSWORD, type Peer, type Place, s3Keys } from './peer.ts';

const built = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** Every run has a home of its own, and still finds what V8 compiled, as on a machine where it is not the first. */
const compiledCode = join(tmpdir(), `bmcloud-bench-code-${process.pid}`);
undoLater(() => rmSync(compiledCode, { recursive: true, force: true }));

export interface BmcloudOptions {
  /** Of the row. */
  name: string;
  /** With a key file, as scheduled jobs have it; or with a passphrase, which costs scrypt once a run. */
  secret: 'key file' | 'passphrase';
  /** Another build's `bin/run.js`. */
  file?: string;
}

export function bmcloud({ name, secret, file = built }: BmcloudOptions): Peer {
  const program = [process.execPath, file];
  const call = (place: Place, args: string[]) => ({
    program: process.execPath,
    args: [file, ...args],
    env: environment(place),
  });
  const command = (place: Place, ...args: string[]) =>
    call(place, [...args, '--no-progress', '--repo', location(place), ...keyFlags(place)]);
  const keyFlags = ({ home }: Place) => (secret === 'key file' ? ['--key-file', join(home, 'key')] : []);
  const environment = ({ home, store }: Place) => ({
    ...s3Keys(store),
    HOME: home,
    NODE_COMPILE_CACHE: compiledCode,
    ...(secret === 'passphrase' && { BMCLOUD_PASSPHRASE: PASSWORD }),
  });
  const idOf = (place: Place, snapshot: number) => {
    const { snapshots } = jsonOf(command(place, 'snapshots', '--json')) as { snapshots: Listed[] };
    return snapshots.find(({ number }) => number === snapshot)?.id ?? '';
  };
  return {
    name,
    program,
    versionFlag: '--version',
    ...(secret === 'passphrase' && {
      cannot: (_, scenario) => (scenario === 'a' ? undefined : 'it is shown for (a) only'),
    }),
    init: (place) => {
      const made = secret === 'key file' ? ['--new-key-file', join(place.home, 'key')] : [];
      return [call(place, ['init', location(place), ...made])];
    },
    push: (place) => command(place, 'push', place.source),
    restore: (place, to) => command(place, 'restore', '--to', to),
    past: {
      restore: (place, snapshot, to) => command(place, 'restore', '--at', idOf(place, snapshot), '--to', to),
      diff: (place, from, to) => command(place, 'diff', idOf(place, from), idOf(place, to)),
      history: (place, path) => command(place, 'history', join(place.source, path)),
    },
  };
}

interface Listed {
  id: string;
  number: number;
}

function location({ store }: Place): string {
  return store.kind === 'local' ? store.path : `s3+${store.endpoint}/${store.bucket}/bmcloud`;
}
