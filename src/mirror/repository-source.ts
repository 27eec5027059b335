import { mapAhead } from '../flow/ahead.ts';
import { decodeContent } from '../model/entry.ts';
import { displayPath } from '../model/path.ts';
import type { Run } from '../model/run.ts';
import type { SnapshotHeader } from '../model/snapshot.ts';
import type { Repository } from '../repository/repository.ts';
import { listItems } from '../repository/run-lists.ts';
import { DraftFile } from './draft-file.ts';
import type { Found } from './found.ts';
import type { Copied, MirrorSource } from './source.ts';

export interface RepositoryOptions {
  repository: Pick<Repository, 'readChunk'>;
  header: SnapshotHeader;
  /** Its short id, as people name it. */
  snapshot: string;
  time: Date;
  /** The entries that are meant; each call goes through them anew. */
  entries: () => Run;
  refusal: (entry: Uint8Array) => string | undefined;
}

const FILES_AT_ONCE = 8;
/** Chunks fetched ahead of what is written. */
const AHEAD = 4;

/** Files as they are in a snapshot. What the push could not read stays as it is in the mirror. */
export function repositorySource(options: RepositoryOptions): MirrorSource {
  const { repository, header, snapshot, time, entries, refusal } = options;
  const { sources, platform, skipped } = header;
  return {
    facts: {
      sources: sources.map(({ name, path }) => ({ name, path: displayPath(path) })),
      platform,
      snapshot,
    },
    time,
    entries: (blind) => {
      for (const { path } of skipped) blind.unseen(path);
      return entries();
    },
    isTracked: ({ source, last }) =>
      source ? decodeContent(source.content).tracked : (last?.tracked ?? true),
    refusal: ({ entry }) => refusal(entry),
    show: displayPath,
    copiesAhead: FILES_AT_ONCE,
    copy: (found, draft) => copyFromRepository(found, draft, repository),
    close: () => Promise.resolve(),
  };
}

async function copyFromRepository(
  { stat, content }: Found,
  draft: string,
  { readChunk }: Pick<Repository, 'readChunk'>,
): Promise<Copied> {
  const { list } = decodeContent(content);
  const items = list ? await listItems(list, readChunk) : [];
  const out = await DraftFile.create(draft);
  try {
    const pieces = mapAhead(items, AHEAD, async (item) => (item.id ? await readChunk(item.id) : item));
    for await (const piece of pieces) {
      if (piece instanceof Uint8Array) await out.write(piece);
      else out.skip(piece.length);
    }
    await out.finish(stat);
    const { mtime, ctime, mode } = stat;
    return { kind: 'copied', size: out.length, mtime, ctime, mode, recent: false };
  } finally {
    await out.close();
  }
}
