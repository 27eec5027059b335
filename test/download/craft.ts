import {
  encodeContent,
  encodeStat,
  type ListItem,
  noContent,
  type Stat,
  writeEntry,
} from '../../src/model/entry.ts';
import { RunWriter } from '../../src/model/run.ts';
import type { SnapshotHeader } from '../../src/model/snapshot.ts';
import { nowStamp } from '../../src/model/time.ts';
import { Writer } from '../../src/model/wire.ts';
import { JobLine } from '../../src/repository/job-line.ts';
import { openJob } from '../../src/repository/jobs.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { isWindows } from '../fixtures/platform.ts';

/** An entry as somebody with a key could write it. */
export interface Crafted {
  /** UTF-8, or bytes. */
  path: string | Uint8Array;
  stat?: Partial<Stat>;
  items?: ListItem[];
}

const noTime = { seconds: 1_700_000_000, nanos: 0 };

/** Commits a snapshot of just these entries, in the order given, without any check. */
export async function pushCrafted(
  repository: Repository,
  entries: Crafted[],
  header: Partial<SnapshotHeader> = {},
): Promise<void> {
  const sources = header.sources ?? [
    { name: 'source', path: Buffer.from('/dev/null/nowhere'), kind: 'tree' as const },
  ];
  const claim = { name: 'crafted', host: 'host', user: 'user', sources, tool: 'test', adopt: false };
  const line = new JobLine(repository, await openJob(repository, claim));
  const position = await line.sync();
  const committed = await line.commit({
    header: {
      job: line.job.id,
      number: position.next,
      kind: 'snapshot',
      snapshot: repository.random(16),
      start: nowStamp(new Date()),
      end: nowStamp(new Date()),
      host: 'host',
      user: 'user',
      jobName: 'crafted',
      machine: new Uint8Array(16),
      skipped: [],
      tags: [],
      platform: isWindows ? 'windows' : 'posix',
      unknown: [],
      ...header,
      sources,
    },
    ...(position.base && { base: position.base }),
    changes: encode(entries),
    earlier: [],
  });
  if (committed === 'overtaken') throw new Error('overtaken');
}

function encode(entries: Crafted[]): Uint8Array {
  const run = new RunWriter();
  for (const { path, stat, items } of entries) {
    const writer = new Writer();
    const whole: Stat = {
      type: 'file',
      size: 0,
      mtime: noTime,
      ctime: noTime,
      mode: 0o644,
      uid: 0,
      gid: 0,
      ...stat,
    };
    encodeStat(writer, whole);
    const content = new Writer();
    const list = whole.type === 'file' ? { list: { depth: 0, items: items ?? [] } } : {};
    encodeContent(content, { ...noContent, ...list });
    writeEntry(
      run.writer,
      typeof path === 'string' ? Buffer.from(path) : path,
      writer.take(),
      content.take(),
    );
  }
  return run.take();
}
