import type { MirrorRestoreResult, MirrorResult } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatBytes, formatCount, formatDuration, formatTime, plural } from './format.ts';
import { skippedLines } from './report-skipped.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

export function exitOfMirror({ skipped }: Pick<MirrorResult, 'skipped'>): number {
  return skipped.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

/** What a mirror tells when it is done. */
export function mirrorReport(result: MirrorResult, dryRun: boolean, style: Style): string {
  const took = formatDuration(result.end.getTime() - result.start.getTime());
  const facts = renderFacts(mirrorFacts(result, dryRun));
  return `${headline(result, dryRun, style)}, in ${took}\n${facts}${skippedLines(result.skipped, result.skipped.length, style)}`;
}

function headline({ increment, to, snapshot }: MirrorResult, dryRun: boolean, style: Style): string {
  const from = snapshot === undefined ? '' : ` from snapshot ${snapshot}`;
  if (dryRun) return `${style.bold('Would mirror')}${from} to ${to}`;
  if (increment === undefined) return `${style.bold('Nothing changed')}: ${to} is up to date`;
  return `${style.green('Mirrored')}${from} to ${to}, increment ${style.bold(increment)}`;
}

function mirrorFacts(result: MirrorResult, dryRun: boolean) {
  const { statistics: s, bytesCopied, leftOut, changing, skipped } = result;
  const changes = [
    `${formatCount(s.new)} new`,
    `${formatCount(s.changed)} changed`,
    `${formatCount(s.deleted)} deleted`,
  ];
  const facts: [string, string][] = [
    ['In the mirror', `${plural(s.files, 'file')}, ${formatBytes(s.bytes)}`],
    ['Tracked', plural(s.tracked, 'file')],
    ['Deleted', `${plural(s.deletedKept, 'file')} kept`],
    ['Increment', changes.join(', ')],
    [dryRun ? 'To copy' : 'Copied', formatBytes(bytesCopied)],
  ];
  if (leftOut > 0)
    facts.push(['Left out', `${plural(leftOut, 'pipe, socket or device', 'pipes, sockets or devices')}`]);
  if (changing > 0)
    facts.push(['Changing', `${plural(changing, 'file')} while being read: the next run reads again`]);
  if (skipped.length > 0)
    facts.push(['Skipped', `${plural(skipped.length, 'path')}: the mirror keeps what it had`]);
  return facts;
}

export function exitOfMirrorRestore({ failed }: Pick<MirrorRestoreResult, 'failed'>): number {
  return failed.length > 0 ? exitCodes.incomplete : exitCodes.done;
}

/** What a restore from a mirror tells when it is done. */
export function mirrorRestoreReport(result: MirrorRestoreResult, style: Style): string {
  const { files, directories, links, bytes, unchanged, current, failed } = result;
  const written = [
    plural(files, 'file'),
    plural(directories, 'directory', 'directories'),
    plural(links, 'link'),
    formatBytes(bytes),
  ];
  const facts: [string, string][] = [['Written', written.join(', ')]];
  if (unchanged > 0) facts.push(['Unchanged', plural(unchanged, 'file')]);
  if (current > 0)
    facts.push(['As now', `${plural(current, 'file')}: not tracked, so only the newest state is known`]);
  if (failed.length > 0) facts.push(['Failed', plural(failed.length, 'path')]);
  const of = `${result.increment} (${formatTime(result.time)})`;
  return `${style.green('Restored')} ${of} to ${result.target}\n${renderFacts(facts)}`;
}
