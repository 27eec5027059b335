import { join } from 'node:path';
import { PASSWORD, type Peer, type Place, s3Keys, versionOf } from './peer.ts';

/** restic, and rustic, which takes the same repositories and words. */
export function restic(): Peer {
  const program = process.env.BENCH_RESTIC ?? 'restic';
  const command = (place: Place, ...args: string[]) => ({ program, args, env: environment(place) });
  return {
    name: 'restic',
    version: () => versionOf(program, 'version'),
    init: (place) => [command(place, 'init')],
    push: (place) => command(place, 'backup', '--quiet', place.source),
    restore: (place, to) => command(place, 'restore', 'latest', '--target', to),
  };
}

export function rustic(): Peer {
  const program = process.env.BENCH_RUSTIC ?? 'rustic';
  const common = ({ store }: Place) => (store.kind === 'local' ? ['-r', store.path] : ['-r', `opendal:s3`]);
  const command = (place: Place, ...args: string[]) => ({
    program,
    args: [...common(place), '--no-progress', ...args],
    env: { ...environment(place), RUSTIC_PASSWORD: PASSWORD, RUSTIC_CACHE_DIR: join(place.home, 'rustic') },
  });
  return {
    name: 'rustic',
    version: () => versionOf(program, '--version'),
    cannot: ({ store }) => (store.kind === 's3' ? 'its S3 options differ between versions' : undefined),
    init: (place) => [command(place, 'init')],
    push: (place) => command(place, 'backup', place.source),
    restore: (place, to) => command(place, 'restore', 'latest', to),
  };
}

function environment({ store, home }: Place): Record<string, string> {
  return {
    ...s3Keys(store),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    RESTIC_PASSWORD: PASSWORD,
    RESTIC_REPOSITORY: store.kind === 'local' ? store.path : `s3:${store.endpoint}/${store.bucket}/restic`,
  };
}
