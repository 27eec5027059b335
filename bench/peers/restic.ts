import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import type { Command } from '../measure.ts';
import { jsonOf, PASSWORD, type Peer, type Place, s3Keys } from './peer.ts';

/** restic, and rustic, which takes the same repositories and words. */
export function restic(): Peer {
  const program = process.env.BENCH_RESTIC ?? 'restic';
  const command = (place: Place, ...args: string[]) => ({ program, args, env: environment(place) });
  const level = fastestOf(program);
  const ids = idsBy((place) => command(place, 'snapshots', '--json'));
  return {
    name: 'restic',
    remark: level.length > 0 ? undefined : 'with --compression auto: this version knows no faster level',
    program: [program],
    versionFlag: 'version',
    init: (place) => [command(place, 'init')],
    push: (place) => command(place, 'backup', '--quiet', ...level, place.source),
    restore: (place, to) => command(place, 'restore', 'latest', '--target', to),
    past: {
      restore: (place, snapshot, to) => command(place, 'restore', ids(place, snapshot), '--target', to),
      diff: (place, from, to) => command(place, 'diff', ids(place, from), ids(place, to)),
      history: (place, path) => command(place, 'find', basename(path)),
    },
  };
}

/** From 0.17 on there is a level that is faster than `auto`. */
function fastestOf(program: string): string[] {
  try {
    const help = execFileSync(program, ['backup', '--help'], { encoding: 'utf8', stdio: 'pipe' });
    return help.includes('fastest') ? ['--compression', 'fastest'] : [];
  } catch {
    return []; // it is not here
  }
}

export function rustic(): Peer {
  const program = process.env.BENCH_RUSTIC ?? 'rustic';
  const command = (place: Place, ...args: string[]) => ({
    program,
    args: ['--no-progress', '-r', place.store.kind === 'local' ? place.store.path : 'opendal:s3', ...args],
    env: {
      ...environment(place),
      ...opendal(place),
      RUSTIC_PASSWORD: PASSWORD,
      RUSTIC_CACHE_DIR: join(place.home, 'rustic'),
    },
  });
  const ids = idsBy((place) => command(place, 'snapshots', '--json'));
  return {
    name: 'rustic',
    program: [program],
    versionFlag: '--version',
    init: (place) => [command(place, 'init', '--set-compression', '1')],
    push: (place) => command(place, 'backup', place.source),
    restore: (place, to) => command(place, 'restore', 'latest', to),
    past: {
      restore: (place, snapshot, to) => command(place, 'restore', ids(place, snapshot), to),
      diff: (place, from, to) => command(place, 'diff', ids(place, from), ids(place, to)),
      history: (place, path) => command(place, 'find', '--path', join(place.source, path)),
    },
  };
}

interface Listed {
  id: string;
  time: string;
}

/** Ids of snapshots by their place in time. rustic lists them in groups. */
function idsBy(list: (place: Place) => Command): (place: Place, snapshot: number) => string {
  return (place, snapshot) => {
    const found = (jsonOf(list(place)) as unknown[]).flat(3) as (Listed | { snapshots: Listed[] })[];
    const all = found.flatMap((one) =>
      'snapshots' in one ? one.snapshots : typeof one === 'string' ? [] : [one],
    );
    const sorted = all.filter(({ time }) => time).sort((a, b) => (a.time < b.time ? -1 : 1));
    return sorted[snapshot - 1]?.id ?? '';
  };
}

function opendal({ store }: Place): Record<string, string> {
  if (store.kind === 'local') return {};
  return {
    OPENDAL_ROOT: 'rustic',
    OPENDAL_BUCKET: store.bucket,
    OPENDAL_ENDPOINT: store.endpoint,
    OPENDAL_REGION: 'us-east-1',
    OPENDAL_ACCESS_KEY_ID: store.accessKey,
    OPENDAL_SECRET_ACCESS_KEY: store.secretKey,
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
