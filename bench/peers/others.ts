import { join } from 'node:path';
import { PASSWORD, type Peer, type Place } from './peer.ts';

export function kopia(): Peer {
  const program = process.env.BENCH_KOPIA ?? 'kopia';
  const command = ({ home }: Place, ...args: string[]) => ({
    program,
    args,
    env: {
      HOME: home,
      KOPIA_PASSWORD: PASSWORD,
      KOPIA_CONFIG_PATH: join(home, 'kopia.config'),
      KOPIA_CACHE_DIRECTORY: join(home, 'kopia'),
      KOPIA_CHECK_FOR_UPDATES: 'false',
    },
  });
  return {
    name: 'kopia',
    program: [program],
    versionFlag: '--version',
    init: (place) => [
      command(place, 'repository', 'create', ...storeOf(place)),
      command(place, 'policy', 'set', '--global', '--compression=zstd-fastest'),
    ],
    push: (place) => command(place, 'snapshot', 'create', '--no-progress', place.source),
    restore: (place, to) => command(place, 'restore', '--no-progress', place.source, to),
  };
}

function storeOf({ store }: Place): string[] {
  if (store.kind === 'local') return ['filesystem', `--path=${store.path}`];
  const { endpoint, bucket, accessKey, secretKey } = store;
  return [
    's3',
    `--bucket=${bucket}`,
    `--endpoint=${endpoint.replace(/^https?:\/\//, '')}`,
    '--disable-tls',
    `--access-key=${accessKey}`,
    `--secret-access-key=${secretKey}`,
  ];
}

export function borg(): Peer {
  const program = process.env.BENCH_BORG ?? 'borg';
  const command = (place: Place, ...args: string[]) => ({
    program,
    args,
    env: { HOME: place.home, BORG_PASSPHRASE: PASSWORD, BORG_REPO: pathOf(place), BORG_BASE_DIR: place.home },
  });
  const archives = new Map<string, number>();
  const last = ({ home }: Place) => archives.get(home) ?? 0;
  return {
    name: 'borg',
    program: [program],
    versionFlag: '--version',
    cannot: ({ store }) => (store.kind === 's3' ? 'it does not speak S3' : undefined),
    init: (place) => [command(place, 'init', '--encryption=repokey')],
    push: (place) => {
      archives.set(place.home, last(place) + 1);
      return command(place, 'create', '--compression=zstd,1', `::a${last(place)}`, place.source);
    },
    restore: (place, to) => ({ ...command(place, 'extract', `::a${last(place)}`), cwd: to }),
    past: {
      restore: (place, snapshot, to) => ({ ...command(place, 'extract', `::a${snapshot}`), cwd: to }),
      diff: (place, from, to) => command(place, 'diff', `::a${from}`, `a${to}`),
    },
  };
}

/** No snapshots and no encryption: what a plain copy costs. */
export function rclone(): Peer {
  const program = process.env.BENCH_RCLONE ?? 'rclone';
  const environment = ({ home, store }: Place): Record<string, string> => ({
    HOME: home,
    RCLONE_CONFIG: join(home, 'rclone.conf'),
    ...(store.kind === 's3' && {
      RCLONE_CONFIG_BENCH_TYPE: 's3',
      RCLONE_CONFIG_BENCH_PROVIDER: 'Minio',
      RCLONE_CONFIG_BENCH_ENDPOINT: store.endpoint,
      RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: store.accessKey,
      RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: store.secretKey,
    }),
  });
  const remote = ({ store }: Place) => (store.kind === 'local' ? store.path : `bench:${store.bucket}/rclone`);
  return {
    name: 'rclone sync',
    cannot: ({ store, latency }, scenario) => {
      if (scenario === 'f') return 'it keeps no snapshots';
      const isLong = scenario !== 'b' && scenario !== 'd' && store.kind === 's3';
      return isLong && (latency > 0 || scenario === 'c') ? 'a request for each file takes hours' : undefined;
    },
    program: [program],
    versionFlag: '--version',
    init: () => [],
    push: (place) => ({ program, args: ['sync', place.source, remote(place)], env: environment(place) }),
    restore: (place, to) => ({ program, args: ['sync', remote(place), to], env: environment(place) }),
  };
}

function pathOf({ store }: Place): string {
  return store.kind === 'local' ? store.path : '';
}
