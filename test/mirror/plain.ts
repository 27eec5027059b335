import type { MirrorOptions } from '../../src/mirror.ts';
import type { MirrorFromDisk } from '../../src/mirror-source.ts';

/** Everything below one directory, in the plainest way. */
export function plainMirror(source: string, to: string, disk: Partial<MirrorFromDisk> = {}): MirrorOptions {
  return {
    to,
    from: {
      disk: {
        sources: [source],
        cwd: source,
        allowEmpty: true,
        oneFileSystem: false,
        excludeCaches: false,
        ownDirectories: [],
        retry: { retries: 0 },
        ...disk,
      },
    },
    dryRun: false,
    onEvent: () => {},
  };
}
