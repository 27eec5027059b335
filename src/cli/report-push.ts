import type { PushResult, SnapshotInfo } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from './format.ts';
import { skippedLines } from './report-skipped.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

/** 3 when the snapshot lacks something it should have. */
export function exitOfPush(result: Pick<PushResult, 'statistics' | 'missingSources' | 'notFrozen'>): number {
  const { statistics, missingSources, notFrozen } = result;
  const isWhole = statistics.skipped + missingSources.length + notFrozen.length === 0;
  return isWhole ? exitCodes.done : exitCodes.incomplete;
}

/** What a push tells when it is done: short, aligned. @param log the file that names all skipped paths */
export function pushReport(result: PushResult, style: Style, log?: string): string {
  const took = formatDuration(result.end.getTime() - result.start.getTime());
  const facts = renderFacts(pushFacts(result));
  return `${headline(result, style, took)}\n${facts}${skippedLines(result.skipped, result.statistics.skipped, style, log)}`;
}

/** Its time is the one that other commands show, and that `--at` goes by. */
function headline({ snapshot, job, start, partialResumed }: PushResult, style: Style, took: string): string {
  if (snapshot === undefined)
    return `${style.bold('Nothing was stored')}: job ${job.name}, looked at in ${took}`;
  const resumed = partialResumed ? ', going on from an interrupted push' : '';
  return `${style.green('Saved')} snapshot ${style.bold(snapshot)} of ${job.name} at ${formatTime(start)}, in ${took}${resumed}`;
}

function pushFacts(result: PushResult): [string, string][] {
  const { statistics: s, missingSources, wentAway, changing, leftOut, notStored, notFrozen } = result;
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
    ['Changes', `${changes.join(', ')}; ${formatCount(s.unchanged)} unchanged`],
    ['Read', formatBytes(s.bytesRead)],
    ['Stored', formatBytes(s.bytesStored)],
  ];
  if (s.skipped > 0) facts.push(['Skipped', `${plural(s.skipped, 'path')} could not be read`]);
  if (missingSources.length > 0)
    facts.push(['Missing', `${missingSources.join(', ')}: kept as in the last snapshot`]);
  if (wentAway > 0)
    facts.push(['Went away', `${plural(wentAway, 'file')} before being read: kept as in the last snapshot`]);
  if (changing > 0)
    facts.push(['Changing', `${plural(changing, 'file')} while being read: the next push reads again`]);
  if (notFrozen.length > 0) facts.push(['Not frozen', notFrozen.join('; ')]);
  const left = leftOutWords(leftOut);
  if (left.length > 0) facts.push(['Left out', left.join(', ')]);
  if (notStored.length > 0) facts.push(['Not stored', notStored.join(', ')]);
  return facts;
}

function leftOutWords({ own, excluded, byDefault, heldLocks, cloud }: PushResult['leftOut']): string[] {
  return [
    own > 0 ? `${plural(own, 'directory', 'directories')} of bmcloud's own` : '',
    excluded > 0 ? `${plural(excluded, 'name')} by your rules` : '',
    byDefault > 0 ? `${plural(byDefault, 'name')} by default (--no-default-excludes)` : '',
    heldLocks > 0 ? `${plural(heldLocks, 'lock file')} in use` : '',
    cloud > 0
      ? `${plural(cloud, 'cloud file')} that ${cloud === 1 ? 'is' : 'are'} not on this computer (--cloud-files read)`
      : '',
  ].filter((words) => words !== '');
}

/** How a snapshot is named in a sentence. */
export function snapshotName(snapshot: Pick<SnapshotInfo, 'id' | 'job' | 'time'>): string {
  return `snapshot ${snapshot.id} of ${snapshot.job.name} (${formatTime(snapshot.time)})`;
}
