import type { PushResult, SnapshotInfo } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

/** 3 when the snapshot lacks something it should have. */
export function exitOfPush(result: Pick<PushResult, 'skipped' | 'missingSources'>): number {
  return result.skipped.length > 0 || result.missingSources.length > 0
    ? exitCodes.incomplete
    : exitCodes.done;
}

/** What a push tells when it is done: short, aligned. */
export function pushReport(result: PushResult, style: Style): string {
  const took = formatDuration(result.end.getTime() - result.start.getTime());
  return `${headline(result, style, took)}\n${renderFacts(pushFacts(result))}`;
}

function headline({ snapshot, job, end, partialResumed }: PushResult, style: Style, took: string): string {
  if (snapshot === undefined)
    return `${style.bold('Nothing was stored')}: job ${job.name}, looked at in ${took}`;
  const resumed = partialResumed ? ', going on from an interrupted push' : '';
  return `${style.green('Saved')} snapshot ${style.bold(snapshot)} of ${job.name} at ${formatTime(end)}, in ${took}${resumed}`;
}

function pushFacts(result: PushResult): [string, string][] {
  const { statistics: s, missingSources, leftOut, notStored } = result;
  const changes = [
    `${formatCount(s.new)} new`,
    `${formatCount(s.changed)} changed`,
    `${formatCount(s.deleted)} deleted`,
  ];
  const facts: [string, string][] = [
    [
      'Contains',
      `${plural(s.files, 'file')}, ${plural(s.directories, 'directory', 'directories')}, ${formatBytes(s.bytes)}`,
    ],
    ['Changes', changes.join(', ')],
    ['Read', formatBytes(s.bytesRead)],
    ['Stored', formatBytes(s.bytesStored)],
  ];
  if (s.skipped > 0) facts.push(['Skipped', `${plural(s.skipped, 'path')} could not be read`]);
  if (missingSources.length > 0)
    facts.push(['Missing', `${missingSources.join(', ')}: kept as in the last snapshot`]);
  if (leftOut.own > 0)
    facts.push(['Left out', `${plural(leftOut.own, 'directory', 'directories')} of bmcloud's own`]);
  if (notStored.length > 0) facts.push(['Not stored', notStored.join(', ')]);
  return facts;
}

/** How a snapshot is named in a sentence. */
export function snapshotName(snapshot: Pick<SnapshotInfo, 'id' | 'job' | 'time'>): string {
  return `snapshot ${snapshot.id} of ${snapshot.job.name} (${formatTime(snapshot.time)})`;
}
