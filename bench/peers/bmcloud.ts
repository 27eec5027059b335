import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASSWORD, type Peer, type Place, s3Keys, versionOf } from './peer.ts';

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

/** With a key file, as scheduled jobs have it; or with a passphrase, which costs scrypt once a run. */
export function bmcloud(secret: 'key file' | 'passphrase'): Peer {
  const command = (place: Place, ...args: string[]) => ({
    program: process.execPath,
    args: [program, ...args, '--no-progress', '--repo', location(place), ...keyFlags(place)],
    env: environment(place),
  });
  const keyFlags = ({ home }: Place) => (secret === 'key file' ? ['--key-file', join(home, 'key')] : []);
  const environment = ({ home, store }: Place) => ({
    ...s3Keys(store),
    HOME: home,
    ...(secret === 'passphrase' && { BMCLOUD_PASSPHRASE: PASSWORD }),
  });
  return {
    name: secret === 'key file' ? 'bmcloud' : 'bmcloud, passphrase',
    version: () => versionOf(process.execPath, program, '--version'),
    init: (place) => {
      const args = [program, 'init', location(place)];
      const made = secret === 'key file' ? ['--new-key-file', join(place.home, 'key')] : [];
      return [{ program: process.execPath, args: [...args, ...made], env: environment(place) }];
    },
    push: (place) => command(place, 'push', place.source),
    restore: (place, to) => command(place, 'restore', '--to', to),
  };
}

function location({ store }: Place): string {
  return store.kind === 'local' ? store.path : `s3+${store.endpoint}/${store.bucket}/bmcloud`;
}
